import type { Previews } from "./previews/previews.ts";
import type { SeatHandle } from "./seats/seat.ts";

/**
 * Previews follow the seats: a seat that is ready has its debugging port, one that isn't any more has no screen. Answers what to call
 * when seats may have changed; cheap enough for every change.
 * @param seats those that may be there  @param handle of a seat that is ready
 */
export function followSeats(
  previews: Pick<Previews, "openSeat" | "closeSeat">,
  seats: () => readonly number[],
  handle: (seat: number) => SeatHandle | undefined,
  trouble: (error: unknown) => void,
): () => void {
  const open = new Map<number, number>();
  return () => {
    const ready = new Map(
      seats()
        .flatMap((seat) => handle(seat) ?? [])
        .map((one) => [one.seat, one]),
    );
    for (const seat of [...open.keys()]) {
      if (ready.has(seat)) continue;
      open.delete(seat);
      previews.closeSeat(seat).catch(trouble);
    }
    for (const [seat, one] of ready) {
      if (open.get(seat) === one.generation) continue;
      open.set(seat, one.generation);
      previews.openSeat(one);
    }
  };
}
