import { hasEnded } from "./access.ts";
import { CLOSE } from "./contract/close.ts";
import { Problem } from "./contract/errors.ts";
import type { MachineDocument } from "./contract/machine.ts";
import type { Documents } from "./machine/documents.ts";
import type { Door } from "./machine/door.ts";
import type { Events } from "./machine/events.ts";
import type { Presence } from "./machine/presence.ts";
import type { SeatManager } from "./seats/manager.ts";
import type { Sockets } from "./sockets.ts";

/** How late the end that nobody announced may be seen. */
const LOOK_MS = 5000;

const REPLACED = "This seat was freed or opened anew: join again with the workshop code.";
const ENDED = "The workshop has ended.";

export interface Wanted {
  /** `PUT /v1/machine`: the next document, on the disk and in force before this resolves. @throws Problem INVALID_INPUT, STATE_CONFLICT */
  put(request: Request): Promise<void>;
  /** The next document, of whoever else writes it. @throws as `put` */
  take(document: unknown): void;
  close(): void;
}

export interface WantedParts {
  documents: Documents;
  sockets: Sockets;
  presence: Presence;
  events: Events;
  seats: SeatManager;
  /** Where it has one of its own. */
  door?: Pick<Door, "look"> | undefined;
}

/** The one way from what the gateway wants to who may stay. Also ends a class whose end passed and which nobody stopped. */
export function openWanted({ documents, sockets, presence, events, seats, door }: WantedParts): Wanted {
  let previous = documents.current();
  let ended = false;

  /** Whom it doesn't want is cut before this returns; the seats follow. */
  function apply(next: MachineDocument): void {
    for (const { seat, generation } of previous.seats) {
      const wanted = next.seats.find((one) => one.seat === seat)?.generation ?? Number.POSITIVE_INFINITY;
      if (wanted > generation) presence.forget(seat);
      sockets.cut(seat, wanted, CLOSE.REPLACED, REPLACED);
    }
    for (const { seat, generation } of next.seats) sockets.cut(seat, generation, CLOSE.REPLACED, REPLACED);
    previous = next;
    look();
    seats.want(next);
    door?.look();
  }

  function take(document: unknown): void {
    apply(documents.put(document));
    events.changed();
  }

  function look(): void {
    if (hasEnded(documents.current(), Date.now()) === ended) return;
    ended = !ended;
    if (ended) sockets.cutAll(CLOSE.ENDED, ENDED);
    else sockets.reopen();
  }

  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  apply(previous);
  return {
    put: async (request) => take(await json(request)),
    take,
    close: () => clearInterval(timer),
  };
}

async function json(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch (cause) {
    throw new Problem("INVALID_INPUT", "The body is not JSON.", { cause });
  }
}
