import { Problem } from "../../../agent/contract/errors.ts";
import type { Caller, Instructor, Services } from "../../services.ts";
import { readBody } from "../answers.ts";

/** What the pages need to know of the place they run in. */
export interface PageSettings {
  /** The public address, without a slash at the end. */
  url: string;
  /** Clients come through the front, which says who they are. */
  behindFront: boolean;
  network: NetworkNeeds;
}

/** What a class needs of learners' networks besides the public address. */
export interface NetworkNeeds {
  /** Browsers reach the gateway by our own front, of which it is known how it speaks. */
  ownFront: boolean;
  /** Addresses of STUN servers: `stun:stun.example.org:3478`. */
  stun: readonly string[];
  /** UDP ports of live video. */
  media?: { first: number; last: number };
  /** The machines' names, where they have some: `*.class.example.org`. */
  machines?: string;
}

/** One request to a page, with what every handler asks of it. */
export interface Ask {
  request: Request;
  url: URL;
  params: Record<string, string>;
  /** Address of the connection. */
  address: string;
  services: Services;
  settings: PageSettings;
  /** ISO 8601 */
  now: string;
  /** Takes this connection's idle limit away, for streams. */
  keepOpen(): void;
}

export interface PageRoute {
  method: "GET" | "POST";
  path: string;
  handle(ask: Ask): Promise<Response> | Response;
}

/** Whether htmx asks for a part; a browser without scripts asks for the whole page. */
export const wantsPart = ({ request }: Ask): boolean => request.headers.get("hx-request") === "true";

/** @throws UNAUTHORIZED, FORBIDDEN */
export const signedIn = ({ services, request }: Ask): Promise<Instructor> => services.people.instructor(request);

export function callerOf({ services, request, address }: Ask): Caller {
  const browser = services.people.browserOf(request);
  return { address, ...(browser ? { browser } : {}) };
}

/** A learner's longest form has three fields of a line each; anybody may send one, so nobody may fill the memory with it. */
const FORM_LIMIT = 16 * 1024;

/** The fields of a small form. @throws INVALID_INPUT, TOO_LARGE */
export async function smallForm(request: Request): Promise<FormData> {
  const body = new Uint8Array(await readBody(request, FORM_LIMIT, "form"));
  return readForm(new Response(body, { headers: { "content-type": request.headers.get("content-type") ?? "" } }));
}

/** @throws INVALID_INPUT */
async function readForm(body: Response): Promise<FormData> {
  try {
    return (await body.formData()) as FormData;
  } catch (cause) {
    throw new Problem("INVALID_INPUT", "The form did not arrive whole. Go back and send it again.", { cause });
  }
}

/** A field of a form as text; a file or nothing is the empty text. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
