import type { Caller, Desk, Instructor } from "../../desk.ts";

/** What the pages need to know of the place they run in. */
export interface PageSettings {
  /** The public address, without a slash at the end. */
  url: string;
}

/** One request to a page, with what every handler asks of it. */
export interface Ask {
  request: Request;
  url: URL;
  params: Record<string, string>;
  /** Address of the connection. */
  address: string;
  desk: Desk;
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
export const signedIn = ({ desk, request }: Ask): Promise<Instructor> => desk.people.instructor(request);

export function callerOf({ desk, request, address }: Ask): Caller {
  const browser = desk.people.browserOf(request);
  return { address, ...(browser ? { browser } : {}) };
}

/** A field of a form as text; a file or nothing is the empty text. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
