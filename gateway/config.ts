import { accessSync, constants, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { RUNTIME_WISHES, type RuntimeWish } from "../agent/contract/running.ts";
import { type Upstream, upstreamOf } from "../agent/contract/upstream.ts";
import { type AuthorityConfig, readAuthorities } from "./acme-config.ts";
import { type GoogleConfig, readGoogle } from "./google-config.ts";
import { type NetworkConfig, readNetwork } from "./network-config.ts";
import { digestOf } from "./people/digest.ts";

/** All settings, read once. Nothing else reads the environment. */
export interface Config extends NetworkConfig {
  port: number;
  /** Address to listen on. */
  host: string;
  /** The public address, without a slash at the end: links, QR, Origin, `iss` of tokens. */
  url: string;
  /** Directory of the database, secrets, machines, starter files and archives. */
  data: string;
  /** Directory of the seats' programs that the computer doesn't have, the Claude CLI above all; all machines share it. */
  tools: string;
  /** sha256 of the API token; the token itself isn't kept. */
  apiTokenDigest?: string;
  /** What seats are; `auto`: containers where this computer can, else plain processes. */
  runtime: RuntimeWish;
  /** Where Claude is: keys are tried there; machines ask there. */
  upstream: Upstream;
  /** An https server of this computer stands before the gateway, and names its clients in `X-Forwarded-For`. */
  proxied?: true;
  /** A server with a public name: behind the front, by https. */
  public?: PublicConfig;
  /** Where machines are made in Google Cloud; left out, they are this computer's. */
  google?: GoogleConfig;
  /** Socket of the service that makes machines as root, for a gateway that isn't; without it they are its children. */
  machineService?: string;
}

export interface PublicConfig {
  /** `class.example.org`; machines are one label below it. */
  domain: string;
  /** The same with the port where it isn't 443: what stands in addresses. */
  authority: string;
  httpPort: number;
  httpsPort: number;
  /** Who gives certificates, in the order in which they are asked. */
  authorities: AuthorityConfig[];
  /** The domain's zone in Google Cloud DNS: certificates come by DNS-01 then, for all names below a machine's, too. */
  dns?: { project: string; zone: string };
}

/** A setting that can't work. Its message is one sentence for the terminal. */
export class SettingProblem extends Error {
  override readonly name = "SettingProblem";
}

const problem = (sentence: string): SettingProblem => new SettingProblem(sentence);

/** Shorter ones can be guessed. */
const API_TOKEN_LEAST = 16;

type Env = Readonly<Record<string, string | undefined>>;

/** Settings that the command line may say too; there they win. */
export const SETTING_OPTIONS = {
  domain: { value: "NAME", about: "the public name of this server (CLARATEACH_DOMAIN)" },
  runtime: { value: RUNTIME_WISHES, about: "what seats are (CLARATEACH_RUNTIME); auto: containers where this computer can" },
} as const;

/** The settings of this process. @throws SettingProblem */
export function readSettings({ domain, runtime }: { domain: string | undefined; runtime: RuntimeWish | undefined }): Config {
  const { CLARATEACH_DOMAIN = "", CLARATEACH_RUNTIME = "", ...env } = process.env;
  return readConfig({
    ...env,
    CLARATEACH_DOMAIN: domain ?? CLARATEACH_DOMAIN,
    CLARATEACH_RUNTIME: runtime ?? CLARATEACH_RUNTIME,
  });
}

/** @throws SettingProblem */
export function readConfig(env: Env): Config {
  const port = readPort("PORT", env.PORT || "3000");
  const runtime = readRuntime(env.CLARATEACH_RUNTIME || "auto");
  const cloud = readCloud(env);
  const open = env.CLARATEACH_DOMAIN ? readPublic(env, env.CLARATEACH_DOMAIN, runtime) : undefined;
  const host = env.HOST || "127.0.0.1";
  if (open && host !== "127.0.0.1")
    throw new SettingProblem(
      `HOST is "${host}"; leave it out together with a domain: the only door is then https on the domain.`,
    );
  const url = readUrl(env.CLARATEACH_URL || (open ? `https://${open.authority}` : `http://localhost:${port}`));
  const data = readDirectory(env.CLARATEACH_DATA || defaultDirectory(env));
  const token = env.CLARATEACH_API_TOKEN;
  return {
    port,
    host,
    url,
    data,
    tools: env.CLARATEACH_TOOLS ? resolve(env.CLARATEACH_TOOLS) : join(data, "tools"),
    ...(token ? { apiTokenDigest: readToken(token) } : {}),
    upstream: readUpstream(env.CLARATEACH_LLM_URL),
    // Whoever can reach a public server mustn't reach a shell that nothing walls off: nothing is chosen by itself there.
    runtime: open ? "docker" : runtime,
    ...(readProxied(env, host) && { proxied: true as const }),
    ...(open && { public: open }),
    ...cloud,
    ...readNetwork(env, problem),
    ...(env.CLARATEACH_MACHINES && { machineService: env.CLARATEACH_MACHINES }),
  };
}

function readCloud(env: Env): { google?: GoogleConfig } {
  const cloud = env.CLARATEACH_CLOUD || "local";
  if (cloud === "local") return refuseLoneDns(env);
  if (cloud !== "gce") throw new SettingProblem(`CLARATEACH_CLOUD is "${cloud.slice(0, 100)}"; set it to local or gce.`);
  const own = ["CLARATEACH_DOMAIN", "CLARATEACH_DNS", "CLARATEACH_MACHINES"].find((name) => env[name]);
  if (own) throw new SettingProblem(`CLARATEACH_CLOUD is gce; leave ${own} out, which is for machines on this computer.`);
  if (env.CLARATEACH_RUNTIME === "process")
    throw new SettingProblem("CLARATEACH_CLOUD is gce and its seats are containers; leave CLARATEACH_RUNTIME (--runtime) out.");
  return { google: readGoogle(env, problem) };
}

function refuseLoneDns(env: Env): Record<string, never> {
  if (!env.CLARATEACH_DNS || env.CLARATEACH_DOMAIN) return {};
  throw new SettingProblem("CLARATEACH_DNS is set without a domain; leave it out, or set CLARATEACH_DOMAIN (--domain), too.");
}

/** Whoever could reach the gateway past that server could say to be anybody. */
function readProxied({ CLARATEACH_PROXIED: text = "", CLARATEACH_DOMAIN: domain }: Env, host: string): boolean {
  if (text === "" || text === "no") return false;
  if (text !== "yes") throw new SettingProblem(`CLARATEACH_PROXIED is "${text.slice(0, 100)}"; set it to yes or no.`);
  if (domain) throw new SettingProblem("CLARATEACH_PROXIED is yes; leave it out together with a domain, whose door is our own.");
  if (host === "127.0.0.1") return true;
  throw new SettingProblem(
    `CLARATEACH_PROXIED is yes and HOST is "${host}"; leave HOST out, so that only the https server gets in.`,
  );
}

function readUpstream(text: string | undefined): Upstream {
  try {
    return upstreamOf(text);
  } catch (cause) {
    throw new SettingProblem((cause as Error).message, { cause });
  }
}

function readRuntime(text: string): RuntimeWish {
  const known = RUNTIME_WISHES.find((runtime) => runtime === text);
  if (known) return known;
  throw new SettingProblem(`CLARATEACH_RUNTIME (--runtime) is "${text.slice(0, 100)}"; set it to ${RUNTIME_WISHES.join(", ")}.`);
}

/** A name with at least two labels, and room for a machine's in front of it (RFC 1035 §2.3.4). */
const DOMAIN = /^(?=.{4,230}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

function readPublic(env: Env, text: string, runtime: RuntimeWish): PublicConfig {
  const domain = text.toLowerCase().replace(/\.$/, "");
  if (!DOMAIN.test(domain))
    throw new SettingProblem(
      `CLARATEACH_DOMAIN (--domain) is "${text.slice(0, 100)}"; set it to the name alone, like class.example.org.`,
    );
  if (runtime === "process")
    throw new SettingProblem("Seats that are plain processes are not walled off; a public server needs --runtime docker.");
  const httpPort = readPort("CLARATEACH_HTTP_PORT", env.CLARATEACH_HTTP_PORT || "80");
  const httpsPort = readPort("CLARATEACH_HTTPS_PORT", env.CLARATEACH_HTTPS_PORT || "443");
  const authorities = readAuthorities(env, problem);
  const authority = `${domain}${httpsPort === 443 ? "" : `:${httpsPort}`}`;
  return { domain, authority, httpPort, httpsPort, authorities, ...(env.CLARATEACH_DNS && { dns: readDns(env.CLARATEACH_DNS) }) };
}

function readDns(text: string): { project: string; zone: string } {
  const [, project, zone] = /^([a-z][a-z0-9-]{4,28}[a-z0-9])\/([a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$/.exec(text.trim()) ?? [];
  if (project !== undefined && zone !== undefined) return { project, zone };
  throw new SettingProblem(
    `CLARATEACH_DNS is "${text.slice(0, 100)}"; set it to PROJECT/ZONE of Google Cloud DNS, like my-classes-4711/classes.`,
  );
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new SettingProblem(`${name} is "${text}"; set it to a number from 1 to 65535.`);
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.hash && !url.username;
  if (plain) return url.origin;
  throw new SettingProblem(`CLARATEACH_URL is "${text}"; set it to the public address alone, like https://class.example.org.`);
}

function defaultDirectory(env: Env): string {
  const base = env.XDG_DATA_HOME || (env.HOME ? join(env.HOME, ".local", "share") : undefined);
  if (base) return join(base, "clarateach");
  throw new SettingProblem("CLARATEACH_DATA isn't set and there is no HOME; set it to a directory that may be written.");
}

function readDirectory(text: string): string {
  const path = resolve(text);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SettingProblem(`The data directory "${path}" can't be written (${why}); set CLARATEACH_DATA to one that can.`, {
      cause,
    });
  }
}

function readToken(token: string): string {
  if (token.length >= API_TOKEN_LEAST && /^[\x21-\x7e]+$/.test(token)) return digestOf(token);
  throw new SettingProblem(
    `CLARATEACH_API_TOKEN has ${token.length} characters; use at least ${API_TOKEN_LEAST}, without spaces (openssl rand -hex 24 makes one).`,
  );
}
