import type { Access } from "./access.ts";
import { Problem } from "./contract/errors.ts";
import { UPLOAD_LIMIT } from "./contract/files.ts";
import type { MachineDocument, MachineReport } from "./contract/machine.ts";
import type { Peer, PeerHandler } from "./contract/peer.ts";
import { type SeatStatus, seatName } from "./contract/seats.ts";
import type { SessionInfo } from "./contract/session.ts";
import { TERMINAL_V1 } from "./contract/terminal.ts";
import { DEED_BODY_LIMIT } from "./files/body.ts";
import { handleFiles } from "./files/handle.ts";
import { putStarter } from "./machine/starters.ts";
import { anyone, type Call, gateway, gatewaySocket, type LearnerCall, learner, learnerSocket, owner, type Row } from "./rows.ts";
import type { SeatHandle } from "./seats/seat.ts";
import { enter, sessionInfo } from "./session.ts";
import { terminalHistory } from "./terminals/history.ts";

/** A machine document: ten seats, a few keys, a definition. */
const DOCUMENT_LIMIT = 256 * 1024;

/** What the rows call; `serve.ts` puts it together. */
export interface Rooms {
  directory: string;
  /** Whether browsers come by https: cookies are then for https alone. */
  secure(): boolean;
  document(): MachineDocument;
  access: Access;
  features(): SessionInfo["features"];
  /** Undefined while the seat is made or removed. */
  seat(seat: number): SeatHandle | undefined;
  status(seat: number): SeatStatus;
  report(): Promise<MachineReport>;
  /** With what each seat takes now, which costs the daemon a question a seat. */
  ownerReport(): Promise<MachineReport>;
  metrics(): unknown;
  put(document: unknown): Promise<MachineReport>;
  greet(url: URL): Response;
  archive(request: Request, url: URL): Response;
  events(peer: Peer): PeerHandler;
  terminal(seat: SeatHandle, peer: Peer, options: { v1: boolean }): PeerHandler;
  watch(seat: SeatHandle, peer: Peer): PeerHandler;
  screen(seat: SeatHandle, peer: Peer): PeerHandler;
  asset(request: Request): Response | undefined;
  page(name: string, request: Request): Response;
}

/** THE table: who may, which call, who answers. The first row that fits counts. */
export function routes(rooms: Rooms): Row[] {
  const seat = withSeat(rooms);
  const files = seat((call, handle) => handleFiles(call.request, handle, call.rest));
  return [
    anyone("public", "GET", "/healthz", () => Response.json({ machine: rooms.document().machine })),
    anyone("public", "GET", "/", ({ url }) => enter(url, rooms.access, rooms.secure())),
    anyone("public", "GET", "/assets/*", ({ request }) => rooms.asset(request) ?? nothing(request)),
    anyone("public", "GET", "/vm/:seat", ({ url }) => moved(`${url.pathname}/`)),

    learner("GET", "/vm/:seat/", ({ request }) => rooms.page("workspace", request)),
    learner("GET", "/vm/:seat/session", (call) => session(rooms, call)),
    learner(
      "GET",
      "/vm/:seat/terminal/history",
      seat((_, handle) => terminalHistory(handle)),
    ),
    learnerSocket("/vm/:seat/terminal", (call, peer, protocol) => openTerminal(rooms, call, peer, protocol), TERMINAL),
    learner("GET", "/vm/:seat/files", files),
    learner("GET", "/vm/:seat/files/*", files),
    // The room counts the bytes itself: an upload is as long as it is.
    learner("PUT", "/vm/:seat/files/*", files, { bodyLimit: UPLOAD_LIMIT, streams: true }),
    learner("POST", "/vm/:seat/files/*", files, { bodyLimit: DEED_BODY_LIMIT }),
    learner("DELETE", "/vm/:seat/files/*", files),
    learnerSocket("/vm/:seat/files/watch", (call, peer) => rooms.watch(ready(rooms, call), peer)),
    learnerSocket("/vm/:seat/vnc", (call, peer) => rooms.screen(ready(rooms, call), peer)),
    learner("GET", "/vm/:seat/browser/*", noNeko),

    anyone("plane", "GET", "/v1/hello", ({ url }) => rooms.greet(url)),
    gateway("PUT", "/v1/machine", (call) => put(rooms, call), { bodyLimit: DOCUMENT_LIMIT }),
    gateway("GET", "/v1/report", async () => Response.json(await rooms.report())),
    gatewaySocket("/v1/events", (_, peer) => rooms.events(peer)),
    gateway(
      "PUT",
      "/v1/starter/:digest",
      ({ request, params }) => putStarter(rooms.directory, params.digest ?? "", request),
      STARTER,
    ),
    gateway("GET", "/v1/archive", ({ request, url }) => rooms.archive(request, url)),
    gateway("GET", "/v1/metrics", () => Response.json(rooms.metrics())),

    owner("GET", "/report", async () => Response.json(await rooms.ownerReport())),
    owner("GET", "/metrics", () => Response.json(rooms.metrics())),
  ];
}

const TERMINAL = { viewer: true, protocols: [TERMINAL_V1], farewell: JSON.stringify({ type: "ended" }) } as const;
const STARTER = { bodyLimit: UPLOAD_LIMIT, streams: true } as const;

type SeatHandler = (call: LearnerCall, seat: SeatHandle) => Response | Promise<Response>;

const withSeat = (rooms: Rooms) => (handle: SeatHandler) => (call: LearnerCall) => handle(call, ready(rooms, call));

/** @throws Problem NOT_RUNNING while there is nothing to work with */
function ready(rooms: Rooms, { learner: who }: LearnerCall): SeatHandle {
  const handle = rooms.seat(who.seat);
  if (handle && handle.generation === who.gen) return handle;
  const failed = rooms.status(who.seat) === "error";
  const why = failed ? "could not be made: tell your instructor" : "is being made ready: it takes a few seconds";
  throw new Problem("NOT_RUNNING", `Seat ${seatName(who.seat)} ${why}.`, { retryAfterSeconds: 1 });
}

function openTerminal(rooms: Rooms, call: LearnerCall, peer: Peer, protocol: string | undefined): PeerHandler {
  return rooms.terminal(ready(rooms, call), peer, { v1: protocol === TERMINAL_V1 });
}

function session(rooms: Rooms, { learner: who }: LearnerCall): Response {
  const info = sessionInfo(who, rooms.document(), rooms.status(who.seat), rooms.features());
  return Response.json(info, { headers: { "cache-control": "no-store" } });
}

async function put(rooms: Rooms, { request }: Call): Promise<Response> {
  return Response.json(await rooms.put(await json(request)));
}

async function json(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch (cause) {
    throw new Problem("INVALID_INPUT", "The body is not JSON.", { cause });
  }
}

function moved(location: string): Response {
  return new Response(null, { status: 308, headers: { location } });
}

function nothing(request: Request): never {
  throw new Problem("NOT_FOUND", `There is nothing at "${new URL(request.url).pathname.slice(0, 200)}".`);
}

function noNeko(): never {
  throw new Problem("NOT_FOUND", "This machine has no neko: the seat's browser is at …/vnc.");
}
