import type { DNS, Zone } from "@google-cloud/dns";
import type { GoogleAuth } from "google-gax";
import { Problem } from "../../agent/contract/errors.ts";
import { ask } from "./calls.ts";
import { loadLess } from "./lighter.ts";
import type { GoogleProblem } from "./problems.ts";
import { sendOnce } from "./send-once.ts";

type Gax = typeof import("google-gax");
type AuthClient = Awaited<ReturnType<GoogleAuth["getClient"]>>;

/** Another address than Google's own, by plain HTTP: on this computer. */
export interface Access {
  host: string;
  port: number;
  /** Instead of Application Default Credentials; from the copy of the library that `google-gax` has. */
  authClient?: AuthClient;
}

const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

/** A DNS zone alone, for a server of one's own. @throws Problem without credentials */
export async function openZone(project: string, name: string, access?: Access): Promise<Zone> {
  await loadLess();
  const [gax, dns] = await Promise.all([import("google-gax"), import("@google-cloud/dns")]);
  const authClient = await credentialsOf(authOf(gax, project, access));
  return zoneOf(new dns.DNS(dnsOptions(project, authClient)), name, access);
}

export const authOf = (gax: Gax, projectId: string, access: Access | undefined): GoogleAuth =>
  new gax.GoogleAuth({ projectId, scopes: SCOPES, ...(access?.authClient && { authClient: access.authClient }) });

/** Looked for once: what is missing doesn't come by waiting. */
export async function credentialsOf(auth: GoogleAuth): Promise<AuthClient> {
  const look = async () => {
    const client = await auth.getClient();
    await client.getRequestHeaders();
    return client;
  };
  return ask("give a token", look, { attempts: 1 }).catch((cause: GoogleProblem) => {
    if (isUnanswered(cause))
      throw new Problem("UNAVAILABLE", `Nobody gives tokens for Google Cloud. ${cause.message}`, { cause });
    const next = "Run “gcloud auth application-default login”, or give the machine this runs on a service account.";
    throw new Problem("FORBIDDEN", `There are no credentials for Google Cloud. ${next} ${cause.message}`, { cause });
  });
}

/** Whoever gives them is away or in trouble. That there is nothing to ask with has no status either, and no code of the line's. */
const isUnanswered = ({ http, cause, message }: GoogleProblem): boolean =>
  http >= 500 || /no answer within/.test(message) || /^(E[A-Z]+|ConnectionRefused|FailedToOpenSocket)$/.test(codeOf(cause));

const codeOf = (cause: unknown): string => String((cause as { code?: unknown } | undefined)?.code ?? "");

/** With the same credentials. It has a copy of their library of its own, whose types differ in name only. */
export const dnsOptions = (projectId: string, authClient: AuthClient) =>
  ({ projectId, authClient }) as unknown as ConstructorParameters<typeof DNS>[0];

export function zoneOf(dns: DNS, name: string, access: Access | undefined): Zone {
  if (access) dns.baseUrl = `http://${access.host}:${access.port}/dns/v1`;
  sendOnce(dns);
  return dns.zone(name);
}
