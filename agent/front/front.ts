import type { Server } from "bun";
import { countedAddress } from "../contract/addresses.ts";
import { UPLOAD_LIMIT } from "../contract/files.ts";
import { CHALLENGE_PATH, type FrontDocument } from "../contract/front.ts";
import { noChallenge, notUnderstood, tooMany, unknownHost } from "./answers.ts";
import type { Bridge } from "./bridge.ts";
import { forward, type Target } from "./calls.ts";
import { readCertificates } from "./certificates.ts";
import { type Connections, openConnections } from "./connections.ts";
import { openPlainDoor, openSecureDoor } from "./doors.ts";
import { nameOf, upstreamOf } from "./sites.ts";
import { openSocket } from "./sockets.ts";
import { openUnderWay, type UnderWay } from "./under-way.ts";
import { openUpstreams, type Upstreams } from "./upstreams.ts";
import { followWish, readWish } from "./wish.ts";

/** The larger of what gateway and agents take, and the form around it. */
const BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024;
/** The most that Bun takes: an upload's pause, a stop's 50 s; the servers behind have limits of their own. */
const CALL_IDLE_SECONDS = 255;

export interface Front {
  stop(): void;
}

/**
 * The one door of a server with a public name: https for the gateway and every machine by host name, http for certification
 * authorities and for sending everybody else to https. Follows `front.json` of `directory` until it is stopped.
 * @throws with a sentence when a port can't be had
 */
export function startFront(directory: string, faulty: (error: unknown) => void): Front {
  const report = news(faulty);
  let wish = readWish(directory);
  const { address, http, https } = wish.listen;
  const around = { connections: openConnections(), underWay: openUnderWay(), upstreams: openUpstreams() };
  const options = { hostname: address, report };
  const plain = atPort(http, () => openPlainDoor({ ...options, port: http, handle: (request) => redirect(request, wish) }));
  atPort(https, () => probe(address, https));
  const handle = (request: Request, server: Server<Bridge>) => serve(request, server, { wish, ...around });
  const secure = openSecureDoor({ ...options, port: https, bodyLimit: BODY_LIMIT, handle });
  const apply = (next: FrontDocument) => {
    wish = next;
    void secure.apply(readCertificates(wish, report));
  };
  apply(wish);
  const unfollow = followWish(directory, apply, report);
  return {
    stop: () => {
      unfollow();
      around.underWay.stop();
      around.upstreams.stop();
      plain.stop();
      secure.stop();
    },
  };
}

/** Port 80: challenges are answered, everything else has moved. */
function redirect(request: Request, wish: FrontDocument): Response {
  const url = URL.parse(request.url);
  if (!url) return notUnderstood(request);
  if (url.pathname.startsWith(CHALLENGE_PATH)) {
    const token = url.pathname.slice(CHALLENGE_PATH.length);
    const answer = Object.hasOwn(wish.challenges, token) && wish.challenges[token];
    if (answer) return new Response(answer, { headers: { "content-type": "application/octet-stream" } });
    // Authorities follow: who may put something on a machine mustn't answer them there, and have certificates for its name.
    return noChallenge(request);
  }
  const host = request.headers.get("host");
  if (upstreamOf(wish, host) === undefined) return unknownHost(nameOf(host), request);
  const port = wish.listen.https === 443 ? "" : `:${wish.listen.https}`;
  return new Response(null, { status: 308, headers: { location: `https://${nameOf(host)}${port}${url.pathname}${url.search}` } });
}

interface Around {
  wish: FrontDocument;
  connections: Connections;
  underWay: UnderWay;
  upstreams: Upstreams;
}

/** Port 443. Undefined: it became a socket. */
async function serve(
  request: Request,
  server: Server<Bridge>,
  { wish, connections, underWay, upstreams }: Around,
): Promise<Response | undefined> {
  const client = server.requestIP(request)?.address ?? "unknown";
  const upstream = upstreamOf(wish, request.headers.get("host"));
  if (upstream === undefined) return unknownHost(nameOf(request.headers.get("host")), request);
  const url = URL.parse(request.url);
  if (!url) return notUnderstood(request);
  const target = { upstream, path: url.pathname + url.search, client };
  const isSocket = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  const leave = connections.begin(isSocket ? "socket" : "call", countedAddress(client));
  if (!leave) return tooMany(request);
  if (isSocket) return becomeSocket(request, server, target, leave);
  server.timeout(request, CALL_IDLE_SECONDS);
  return forward(request, target, { now: leave, onceTaken: () => underWay.watch(request, server, leave) }, upstreams);
}

async function becomeSocket(
  request: Request,
  server: Server<Bridge>,
  target: Target,
  leave: () => void,
): Promise<Response | undefined> {
  const found = await openSocket(request, target, leave);
  if (found instanceof Response) {
    leave();
    return found;
  }
  const headers: Record<string, string> = found.protocol ? { "sec-websocket-protocol": found.protocol } : {};
  if (server.upgrade(request, { data: found, headers })) return undefined;
  found.left(1001, "");
  return notUnderstood(request);
}

/** Https begins with the first certificate: whether it can is known before. */
function probe(hostname: string, port: number): void {
  void Bun.serve({ hostname, port, fetch: () => new Response() }).stop(true);
}

/** The wish is read again and again: the same trouble is reported once. */
function news(report: (error: unknown) => void): (error: unknown) => void {
  let last = "";
  return (error) => {
    if (String(error) !== last) report(error);
    last = String(error);
  };
}

function atPort<T>(port: number, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const taken = "another program has it: end that one, or set CLARATEACH_HTTP_PORT and CLARATEACH_HTTPS_PORT";
    const why = code === "EADDRINUSE" ? taken : code === "EACCES" ? "only root may have it" : message;
    throw new Error(`the front can't listen on port ${port}: ${why}`, { cause });
  }
}
