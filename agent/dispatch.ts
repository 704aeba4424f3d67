import type { Access } from "./access.ts";
import { Replaced } from "./access.ts";
import { CLOSE } from "./contract/close.ts";
import { Problem } from "./contract/errors.ts";
import type { Peer, PeerHandler } from "./contract/peer.ts";
import { parseSeatName, seatName } from "./contract/seats.ts";
import { refuseForeignHost, refuseForeignOrigin } from "./origins.ts";
import type { PortAnswer, Ports } from "./ports/ports.ts";
import { type Call, findRow, type LearnerCall, type Listener, type Match, type Row } from "./rows.ts";
import type { Refusal } from "./sockets.ts";

/** A page loads in a few dozen calls at most; more at once is one seat taking the machine from the others. */
const CALLS_PER_SEAT = 64;

/** A socket that may open: what the server does once it has. */
export interface Upgrade {
  protocol: string | undefined;
  /** The seat it counts for; none on the machine plane. */
  seat?: { seat: number; generation: number; viewer: boolean; port?: true };
  farewell: string | undefined;
  open(peer: Peer): PeerHandler;
  /** It is opened only to be closed with this code: a browser shows a page no other answer. */
  refusal?: Refusal;
  /** It doesn't open after all. */
  drop?(): void;
}

/** What a learner's own server answered, at its own origin: nothing of it is ours to add to. */
export interface Foreign {
  foreign: Response;
}

/** @throws Problem for every call that isn't answered. */
export type Dispatch = (request: Request, listener: Listener, address: string) => Promise<Response | Upgrade | Foreign>;

export interface Gate {
  table: readonly Row[];
  access: Access;
  /** Origins that the public listener answers to: `http://localhost:4101`. */
  origins(): ReadonlySet<string>;
  /** Hosts below this machine's, where learners' own servers are. */
  ports: Pick<Ports, "at" | "answer">;
}

/** From a request to the row that answers it, past everything that may refuse it. */
export function openDispatch({ table, access, origins, ports }: Gate): Dispatch {
  const running = new Map<number, number>();

  return async (request, listener, address) => {
    const place = listener === "public" ? ports.at(request.headers.get("host"), origins()) : undefined;
    if (place) return fromPort(await ports.answer(request, place));
    if (listener === "public") refuseForeignHost(request.headers, origins());
    const url = addressOf(request);
    const upgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    const match = findRow(table, listener, upgrade ? "WS" : request.method, url.pathname);
    if (!match) throw nothingHere(table, listener, upgrade ? "a WebSocket" : request.method, url.pathname);
    if (listener === "public" && changesState(match.row)) refuseForeignOrigin(request.headers, origins());
    refuseBody(match.row, request.headers);
    const call: Call = { request, url, address, params: match.params, subpath: match.subpath };
    if (match.row.method === "WS") return openSocket(match, call);
    return answer(match.row, call);
  };

  async function answer(row: Row, call: Call): Promise<Response> {
    if (row.method === "WS") throw new Error("a socket's row has no answer");
    if (row.access !== "learner") {
      if (row.access === "gateway") await access.gateway(call.request.headers);
      return row.handle(call);
    }
    const learner = await access.learner(call.request.headers, seatOf(call));
    return counted(learner.seat, () => row.handle({ ...call, learner }));
  }

  async function openSocket({ row }: Match, call: Call): Promise<Upgrade> {
    if (row.method !== "WS") throw new Error("a call's row opens no socket");
    const protocol = chosen(call.request.headers.get("sec-websocket-protocol"), row.protocols ?? []);
    const common = { protocol, farewell: row.farewell };
    if (row.access !== "learner") {
      if (row.access === "gateway") await access.gateway(call.request.headers);
      return { ...common, open: (peer) => row.open(call, peer, protocol) };
    }
    try {
      const learner = await access.learner(call.request.headers, seatOf(call));
      const full: LearnerCall = { ...call, learner };
      const seat = { seat: learner.seat, generation: learner.gen, viewer: row.viewer ?? false };
      return { ...common, seat, open: (peer) => row.open(full, peer, protocol) };
    } catch (error) {
      const refusal = finalRefusal(error);
      if (!refusal) throw error;
      return { ...common, refusal, open: () => ({ message: () => {}, drain: () => {}, close: () => {} }) };
    }
  }

  async function counted(seat: number, run: () => Response | Promise<Response>): Promise<Response> {
    const before = running.get(seat) ?? 0;
    if (before >= CALLS_PER_SEAT)
      throw new Problem("RATE_LIMITED", `Seat ${seatName(seat)} has ${before} calls running: try again when some are done.`, {
        retryAfterSeconds: 1,
      });
    running.set(seat, before + 1);
    try {
      return await run();
    } finally {
      running.set(seat, (running.get(seat) ?? 1) - 1);
    }
  }
}

function fromPort(answer: PortAnswer): Response | Upgrade | Foreign {
  if ("own" in answer) return answer.own;
  if ("learners" in answer) return { foreign: answer.learners };
  const { protocol, open, drop, seat, generation } = answer.socket;
  return { protocol, open, drop, farewell: undefined, seat: { seat, generation, viewer: false, port: true } };
}

/** Why a socket is over for good, as a close code; undefined for what a page can mend or a status says. */
export function finalRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Replaced) return { code: CLOSE.REPLACED, reason: error.message };
  if (error instanceof Problem && error.code === "WORKSHOP_ENDED") return { code: CLOSE.ENDED, reason: error.message };
  return undefined;
}

function seatOf(call: Call): number {
  const seat = parseSeatName(call.params.seat ?? "");
  if (seat === undefined) throw new Error(`the row of "${call.url.pathname}" names no seat`);
  return seat;
}

/** @throws Problem INVALID_INPUT where `Host` is none: the request has no address then */
function addressOf(request: Request): URL {
  const url = URL.parse(request.url);
  if (url) return url;
  throw new Problem("INVALID_INPUT", "The Host header is missing or names no host.");
}

function changesState(row: Row): boolean {
  return row.method !== "GET";
}

/** A body that isn't wanted, or is larger than its row takes, isn't read at all. */
function refuseBody(row: Row, headers: Headers): void {
  if (row.method === "WS") return;
  const length = headers.get("content-length");
  const limit = row.bodyLimit ?? 0;
  if (length !== null && !(Number(length) <= limit))
    throw new Problem("TOO_LARGE", `A body of ${length} bytes is too large here: at most ${limit} are taken.`);
  if (length === null && headers.has("transfer-encoding") && !row.streams)
    throw new Problem("INVALID_INPUT", "The body's length is missing: send it with Content-Length.");
}

function chosen(offered: string | null, spoken: readonly string[]): string | undefined {
  const names = (offered ?? "").split(",").map((name) => name.trim());
  return spoken.find((name) => names.includes(name));
}

function nothingHere(table: readonly Row[], listener: Listener, method: string, pathname: string): Problem {
  const shown = pathname.slice(0, 200);
  const others = [...new Set(table.map((row) => row.method))].filter((other) => findRow(table, listener, other, pathname));
  if (others.length === 0) return new Problem("NOT_FOUND", `There is nothing at "${shown}".`);
  return new Problem("NOT_FOUND", `"${shown}" takes ${others.join(", ")}, not ${method}.`);
}
