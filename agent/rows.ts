import type { Learner } from "./access.ts";
import type { Peer, PeerHandler } from "./contract/peer.ts";
import { parseSeatName } from "./contract/seats.ts";

/** Where a row is served: to learners' browsers · to the gateway, over the machine's own certificate · on the socket of the command line. */
export type Listener = "public" | "plane" | "owner";

export type Method = "GET" | "PUT" | "POST" | "DELETE" | "PATCH";

/** One call, as its handler sees it. */
export interface Call {
  request: Request;
  url: URL;
  /** Of the connection, not of whom a front may have asked for; empty on the owner's socket. */
  address: string;
  /** What the pattern's `:names` matched, as sent. */
  params: Readonly<Record<string, string>>;
  /** What the pattern's `*` matched, still percent-encoded. */
  subpath: string;
}

export interface LearnerCall extends Call {
  learner: Learner;
}

interface RowAddress {
  listener: Listener;
  /** `/vm/:seat/files/*`; `:seat` matches a seat's two digits only, `*` all that follows, which may be empty. */
  path: string;
}

interface HttpRow<C> extends RowAddress {
  method: Method;
  handle(call: C): Response | Promise<Response>;
  /** Bytes of the request's body; without it, none is taken. */
  bodyLimit?: number;
  /** The handler counts the body's bytes itself: a length need not be announced. */
  streams?: true;
}

export interface SocketRow<C> extends RowAddress {
  method: "WS";
  /** Called once the socket is open. A Problem thrown here closes it. @param protocol the one that was agreed on */
  open(call: C, peer: Peer, protocol: string | undefined): PeerHandler;
  /** Subprotocols we speak; the first that the client offers too is chosen. */
  protocols?: readonly string[];
  /** It is a terminal: while one is open the learner is connected. */
  viewer?: true;
  /** The last text frame before the socket is closed because the workshop ended. */
  farewell?: string;
}

/** `anyone`: no credential at all. `learner`: the seat's cookie or token. `gateway`: a token of the machine plane. `owner`: who may open the socket's file. */
export type Row =
  | ({ access: "anyone" | "gateway" | "owner" } & (HttpRow<Call> | SocketRow<Call>))
  | ({ access: "learner" } & (HttpRow<LearnerCall> | SocketRow<LearnerCall>));

type HttpOptions = Pick<HttpRow<Call>, "bodyLimit" | "streams">;
type SocketOptions = Pick<SocketRow<Call>, "protocols" | "viewer" | "farewell">;

/** A row without a credential: what it answers is for everybody. */
export const anyone = (listener: Listener, method: Method, path: string, handle: HttpRow<Call>["handle"]): Row => {
  return { access: "anyone", listener, method, path, handle };
};

/** A row of the public listener for the seat's learner. */
export const learner = (method: Method, path: string, handle: HttpRow<LearnerCall>["handle"], more: HttpOptions = {}): Row => {
  return { access: "learner", listener: "public", method, path, handle, ...more };
};

export const learnerSocket = (path: string, open: SocketRow<LearnerCall>["open"], more: SocketOptions = {}): Row => {
  return { access: "learner", listener: "public", method: "WS", path, open, ...more };
};

/** A row of the machine plane. */
export const gateway = (method: Method, path: string, handle: HttpRow<Call>["handle"], more: HttpOptions = {}): Row => {
  return { access: "gateway", listener: "plane", method, path, handle, ...more };
};

export const gatewaySocket = (path: string, open: SocketRow<Call>["open"]): Row => {
  return { access: "gateway", listener: "plane", method: "WS", path, open };
};

/** A row of the command line's socket. */
export const owner = (method: Method, path: string, handle: HttpRow<Call>["handle"], more: HttpOptions = {}): Row => {
  return { access: "owner", listener: "owner", method, path, handle, ...more };
};

export const ownerSocket = (path: string, open: SocketRow<Call>["open"]): Row => {
  return { access: "owner", listener: "owner", method: "WS", path, open };
};

export interface Match {
  row: Row;
  params: Record<string, string>;
  subpath: string;
}

/** The first row of the table that fits; HEAD is a GET. */
export function findRow(table: readonly Row[], listener: Listener, method: string, pathname: string): Match | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  for (const row of table) {
    if (row.listener !== listener || row.method !== wanted) continue;
    const found = matchPath(row.path, pathname);
    if (found) return { row, ...found };
  }
  return undefined;
}

/** Exported for its property tests. */
export function matchPath(pattern: string, pathname: string): { params: Record<string, string>; subpath: string } | undefined {
  const wanted = pattern.split("/");
  const given = pathname.split("/");
  const open = wanted.at(-1) === "*";
  if (open ? given.length < wanted.length : given.length !== wanted.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? "";
    if (open && i === wanted.length - 1) break;
    if (!part.startsWith(":")) {
      if (part !== value) return undefined;
    } else if (value === "" || (part === ":seat" && parseSeatName(value) === undefined)) return undefined;
    else params[part.slice(1)] = value;
  }
  return { params, subpath: open ? given.slice(wanted.length - 1).join("/") : "" };
}
