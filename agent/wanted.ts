import { hasEnded } from "./access.ts";
import { CLOSE } from "./contract/close.ts";
import type { MachineDocument } from "./contract/machine.ts";
import type { Presence } from "./machine/presence.ts";
import type { Sockets } from "./sockets.ts";

/** How late the end that nobody announced may be seen. */
const LOOK_MS = 5000;

const REPLACED = "This seat was freed or opened anew: join again with the workshop code.";
const ENDED = "The workshop has ended.";

export interface Wanted {
  /** Makes a document count: whom it doesn't want is cut before this returns, the seats follow. */
  apply(next: MachineDocument): void;
  close(): void;
}

export interface WantedParts {
  current(): MachineDocument;
  sockets: Sockets;
  presence: Presence;
  /** Quick: seats are made and removed afterwards. */
  want(document: MachineDocument): void;
  now?: () => number;
}

/** The one way from what the gateway wants to who may stay. Also ends a class whose end passed and which nobody stopped. */
export function openWanted({ current, sockets, presence, want, now = Date.now }: WantedParts): Wanted {
  let previous = current();
  let ended = false;

  function apply(next: MachineDocument): void {
    for (const { seat, generation } of previous.seats) {
      const wanted = next.seats.find((one) => one.seat === seat)?.generation ?? Number.POSITIVE_INFINITY;
      if (wanted > generation) presence.forget(seat);
      sockets.cut(seat, wanted, CLOSE.REPLACED, REPLACED);
    }
    for (const { seat, generation } of next.seats) sockets.cut(seat, generation, CLOSE.REPLACED, REPLACED);
    previous = next;
    look();
    want(next);
  }

  function look(): void {
    if (hasEnded(current(), now()) === ended) return;
    ended = !ended;
    if (ended) sockets.cutAll(CLOSE.ENDED, ENDED);
    else sockets.reopen();
  }

  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { apply, close: () => clearInterval(timer) };
}
