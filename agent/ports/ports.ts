import { Problem } from "../contract/errors.ts";
import type { MachineDocument } from "../contract/machine.ts";
import { mayBeOpened, type PortsFeature } from "../contract/ports.ts";
import { connect } from "../seats/calls/duplex.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { type Carried, carry } from "./carry.ts";
import { OWN_PATHS, openEntry } from "./entry.ts";
import { portsFeature } from "./feature.ts";
import { forward } from "./forward.ts";
import { openRunning } from "./limits.ts";
import { LISTENING, NotHers, portProblem, Quiet, WAITING_SCRIPT, waitingScript } from "./pages.ts";
import { type Place, placeOf } from "./place.ts";
import { refuseForeign, refuseWorker } from "./refuse.ts";
import { portCookies } from "./sessions.ts";
import { type Holder, openTickets } from "./tickets.ts";
import { openWatch, type Watch } from "./watch.ts";

/** What a port's host answers: `own` is the product's page, `learners` what her server said, `socket` its socket. */
export type PortAnswer = { own: Response } | { learners: Response } | { socket: Carried & { seat: number; generation: number } };

/** Learners' own web servers, each in a tab of its learner's, at a host of its own. */
export interface Ports {
  feature(): PortsFeature;
  /** Which port a `Host` names. @param served origins of this machine */
  at(host: string | null, served: ReadonlySet<string>): Place | undefined;
  /** Any call of a port's host. */
  answer(request: Request, place: Place): Promise<PortAnswer>;
  /** `GET /vm/NN/ports/PORT` of the learner who holds the seat. @throws Problem */
  open(holder: Holder, request: Request): Response;
  offered: Watch["offered"];
  follow: Watch["follow"];
  openSeat(seat: SeatHandle): void;
  closeSeat(seat: number): Promise<void>;
}

export interface PortsGiven {
  document(): MachineDocument;
  /** 32 bytes, the machine's alone. */
  key: Uint8Array;
  /** Further ports that are the product's. */
  ours(port: number): boolean;
  /** @throws Problem when this generation of the seat isn't there any more, or the class has ended */
  mayStay(holder: Holder): void;
  /** The seat, while it can be worked in. */
  ready(seat: number): SeatHandle | undefined;
  /** The same of this generation. @throws Problem NOT_RUNNING */
  seat(holder: Holder): SeatHandle;
}

export function openPorts(given: PortsGiven): Ports {
  const { document, mayStay } = given;
  const cookies = portCookies(given.key, document().machine);
  const entry = openEntry(openTickets(), cookies, mayStay);
  const running = openRunning();
  const watch = openWatch(given.ready, (port) => mayBeOpened(port, given.ours));
  const feature = () => portsFeature(document());

  async function answer(request: Request, place: Place): Promise<PortAnswer> {
    try {
      refuseUnopened(place.port, given.ours);
      const { pathname } = new URL(request.url);
      if (pathname.startsWith(OWN_PATHS)) return { own: await own(request, place, pathname) };
      refuseWorker(request);
      const isSocket = request.headers.get("upgrade")?.toLowerCase() === "websocket";
      const holder = holderOf(request, place);
      refuseForeign(request, place, isSocket);
      return await passedOn(request, place, given.seat(holder), isSocket);
    } catch (error) {
      if (error instanceof Problem) return { own: portProblem(error, request, place) };
      throw error;
    }
  }

  async function own(request: Request, place: Place, pathname: string): Promise<Response> {
    if (request.method !== "GET") throw new Problem("NOT_FOUND", `"${OWN_PATHS}" takes GET only.`);
    if (pathname === `${OWN_PATHS}begin`) return entry.begin(request, place);
    if (pathname === `${OWN_PATHS}enter`) return entry.enter(request, place);
    if (pathname === WAITING_SCRIPT) return waitingScript();
    if (pathname !== LISTENING) throw new Problem("NOT_FOUND", `There is nothing at "${pathname.slice(0, 200)}".`);
    const seat = given.seat(holderOf(request, place));
    return Response.json({ listening: await watch.isListening(seat, place.port) }, { headers: { "cache-control": "no-store" } });
  }

  function holderOf({ headers }: Request, place: Place): Holder {
    const holder = cookies.holder(headers, place);
    if (!holder) throw new NotHers(place);
    mayStay(holder);
    return holder;
  }

  async function passedOn(request: Request, place: Place, seat: SeatHandle, isSocket: boolean): Promise<PortAnswer> {
    const { signal, over, room } = running.begin(isSocket ? "socket" : "call", seat);
    const there = { place, dial: () => dialed(seat, place), over, room };
    try {
      if (!(await watch.isListening(seat, place.port))) throw new Quiet(place);
      if (!isSocket) return { learners: await forward(request, { ...there, signal: AbortSignal.any([signal, request.signal]) }) };
      const carried = await carry(request, { ...there, signal });
      return { socket: { ...carried, seat: seat.seat, generation: seat.generation } };
    } catch (error) {
      over();
      throw error;
    }
  }

  return {
    feature,
    at: placeOf,
    answer,
    open: (holder, request) => {
      refuseUnopened(holder.port, given.ours);
      const there = feature();
      if (!there.available)
        throw new Problem("UNAVAILABLE", `Servers of seats can’t be opened here. ${there.reason} ${there.fix}`);
      return entry.open(holder, new URL(request.url), machineOf(request, document()));
    },
    offered: watch.offered,
    follow: watch.follow,
    openSeat: ({ seat, generation }) => {
      watch.forget(seat);
      running.end(seat, generation);
    },
    closeSeat: async (seat) => running.end(seat, Number.POSITIVE_INFINITY),
  };
}

/** The origin that was called; it is one of this machine's. @throws Problem INVALID_INPUT for one below which there are no names */
function machineOf({ headers }: Request, { publicHost }: MachineDocument): string {
  const host = (headers.get("host") ?? "").toLowerCase();
  const machine = `${host === publicHost ? "https" : "http"}://${host}`;
  if (placeOf(`01-3000.${host}`, new Set([machine]))) return machine;
  const better = host.replace(/^[^:]*/, "localhost");
  throw new Problem("INVALID_INPUT", `“${host}” has no names below it. Open your workspace at http://${better} instead.`);
}

/** A server that ended since it was seen is quiet like one that was never there. */
const dialed = (seat: SeatHandle, place: Place) =>
  connect(seat, place.port).catch((error) => {
    throw error instanceof Problem && error.code === "UNAVAILABLE" ? new Quiet(place) : error;
  });

function refuseUnopened(port: number, ours: (port: number) => boolean): void {
  if (mayBeOpened(port, ours)) return;
  throw new Problem("NOT_FOUND", `Port ${port} isn’t one that can be opened: your own servers are on ports from 1024 on.`);
}
