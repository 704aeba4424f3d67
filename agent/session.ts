import type { Access, Learner } from "./access.ts";
import type { Claude } from "./claude.ts";
import { Problem } from "./contract/errors.ts";
import type { MachineDocument } from "./contract/machine.ts";
import { type SeatStatus, seatName } from "./contract/seats.ts";
import type { SessionInfo } from "./contract/session.ts";
import type { Documents } from "./machine/documents.ts";
import type { Ports } from "./ports/ports.ts";
import type { Previews } from "./previews/previews.ts";
import type { Relay } from "./relay/relay.ts";
import type { SeatManager } from "./seats/manager.ts";
import type { SeatHandle } from "./seats/seat.ts";

/** How a learner comes in, and what she finds there. */
export interface Session {
  /** `GET /?token=…`: the token becomes a cookie and leaves the address bar. */
  enter(url: URL): Promise<Response>;
  /** `GET /vm/NN/session`: who and where I am. */
  info(learner: Learner, request: Request): Response;
  /** Her seat. @throws Problem NOT_RUNNING while there is nothing to work with */
  seat(learner: Pick<Learner, "seat" | "gen">): SeatHandle;
}

export interface SessionParts {
  documents: Documents;
  access: Access;
  seats: SeatManager;
  previews: Previews;
  ports: Pick<Ports, "feature">;
  relay: Relay;
  claude: Claude;
}

export function openSession({ documents, access, seats, previews, ports, relay, claude }: SessionParts): Session {
  const infoOf = ({ seat, odehash, name }: Learner): SessionInfo => {
    const [document, status] = [documents.current(), seats.status(seat)];
    return {
      workshop: document.workshop,
      ...{ seat, odehash, name },
      endsAt: document.endsAt,
      now: new Date().toISOString(),
      status: status === "ready" || status === "error" ? status : "pending",
      features: { preview: previews.seatFeature(seat), ports: ports.feature(), isolation: seats.runtime.isolation },
      joinUrl: joinUrl(document),
      llm: relay.own(seat),
    };
  };

  async function enter(url: URL): Promise<Response> {
    const token = url.searchParams.get("token");
    if (!token)
      throw new Problem(
        "UNAUTHORIZED",
        "This is the machine of a workshop. Join it with the code that your instructor gave you.",
      );
    const learner = await access.enter(token);
    // Where browsers come by https, cookies are for https alone.
    const cookie = await access.cookie(learner, documents.current().publicHost !== undefined);
    const location = `/vm/${seatName(learner.seat)}/`;
    return new Response(null, { status: 303, headers: { location, "set-cookie": cookie, "cache-control": "no-store" } });
  }

  function seat({ seat: number, gen }: Pick<Learner, "seat" | "gen">): SeatHandle {
    const handle = seats.seat(number);
    if (handle && handle.generation === gen) return handle;
    throw new Problem("NOT_RUNNING", `Seat ${seatName(number)} ${WHY_NOT[seats.status(number)]}.`, { retryAfterSeconds: 1 });
  }

  function info(learner: Learner, request: Request): Response {
    claude.hear(learner, request.headers.get("accept-language"));
    return Response.json(infoOf(learner), { headers: { "cache-control": "no-store" } });
  }

  return { enter, info, seat };
}

const MADE_READY = "is being made ready: it takes a few seconds";

/** Why nobody can work in a seat, by how it is. */
const WHY_NOT: Readonly<Record<SeatStatus, string>> = {
  off: "was removed by your instructor",
  pending: MADE_READY,
  waiting: "waits for your instructor, who sees why",
  stopped: "was stopped by your instructor: its files are kept",
  ready: MADE_READY,
  error: "could not be made: tell your instructor",
};

export const joinUrl = (document: MachineDocument): string => `${document.gateway}/join`;
