import { two } from "./amounts.ts";

export type SessionState = "free" | "assigned" | "connected" | "disconnected" | "expired";
export type BuildState = "waiting" | "working" | "ready" | "failed";
export type SeatIs = SessionState | BuildState;

/** The number of a place: the same small square in the list, on the roster and in the learner's bar. */
export function Seat({ seat, is, size }: { seat: number | string; is: SeatIs; size?: "big" | "mini" | "s" }) {
  return (
    <span class={size ? `seat ${size}` : "seat"} data-is={is}>
      {typeof seat === "number" ? two(seat) : seat}
    </span>
  );
}

/** A strip of them. Always beside a sentence that says the same in words, so that it is hidden from readers aloud. */
export function Seats({ seats, size }: { seats: readonly { seat: number; is: SeatIs }[]; size: "big" | "mini" | "s" }) {
  return (
    <div class="seats" aria-hidden="true">
      {seats.map(({ seat, is }) => (
        <Seat key={seat} seat={seat} is={is} size={size} />
      ))}
    </div>
  );
}
