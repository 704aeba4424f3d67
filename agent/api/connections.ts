import { ConnectionRequest, type RefreshPlan, type SeatConnections, wholeEnd } from "../contract/api.ts";
import { Problem } from "../contract/errors.ts";
import { parseSeatName } from "../contract/seats.ts";
import type { Documents } from "../machine/documents.ts";
import type { Call } from "../rows.ts";
import type { SeatManager } from "../seats/manager.ts";
import type { Degraded } from "./degraded.ts";
import { changesMade } from "./made.ts";
import { bodyOf } from "./read.ts";

export interface ConnectionsParts {
  documents: Documents;
  seats: Pick<SeatManager, "ask" | "connections" | "plan">;
  degraded: Degraded;
}

/** What a seat has of its machine and of its SDKs, and what a refresh would make of it. */
export interface ConnectionsApi {
  /** `GET /v1/connections?seat=04`. @throws Problem as the manager's `connections` */
  list(call: Call): Promise<Response>;
  /** `POST /v1/connections?seat=04`. @throws Problem as the manager's `ask` */
  change(call: Call): Promise<Response>;
  /** `GET /v1/plan?seats=01,04`; all without. @throws Problem as the manager's `plan` */
  plan(call: Call): Promise<Response>;
}

export function connectionsApi({ documents, seats, degraded }: ConnectionsParts): ConnectionsApi {
  return {
    list: async (call) => Response.json((await seats.connections(seatIn(call))) satisfies SeatConnections),
    change: async (call) => {
      const seat = seatIn(call);
      const request = wholly(await bodyOf(call, ConnectionRequest));
      await degraded.refuse(`to ${request.action} anything`);
      return changesMade(await seats.ask([seat], request));
    },
    plan: async ({ url }) => {
      const given = url.searchParams.get("seats");
      const chosen = given === null ? documents.current().seats.map(({ seat }) => seat) : given.split(",").map(seatOf);
      return Response.json((await seats.plan(chosen)) satisfies RefreshPlan);
    },
  };
}

const wholly = (request: ConnectionRequest): ConnectionRequest =>
  request.action === "remount"
    ? { ...request, plug: wholeEnd(request.plug) }
    : { ...request, plug: wholeEnd(request.plug), slot: wholeEnd(request.slot) };

const seatIn = ({ url }: Call): number => seatOf(url.searchParams.get("seat") ?? "");

function seatOf(name: string): number {
  const seat = parseSeatName(name);
  if (seat !== undefined) return seat;
  throw new Problem("INVALID_INPUT", `"${name.slice(0, 20)}" names no seat: seats have two digits, such as 04.`);
}
