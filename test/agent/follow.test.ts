import { expect, test } from "bun:test";
import { followSeats } from "../../agent/follow.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";

test("a preview is opened once for each generation of a seat that is ready, and closed with the seat", () => {
  const ready = new Map<number, SeatHandle>();
  const said: string[] = [];
  const previews = {
    openSeat: ({ seat, generation }: SeatHandle) => void said.push(`open ${seat}/${generation}`),
    closeSeat: async (seat: number) => void said.push(`close ${seat}`),
  };
  const follow = followSeats(
    previews,
    () => [1, 2],
    (seat) => ready.get(seat),
    (error) => said.push(String(error)),
  );
  const make = (seat: number, generation: number) => ready.set(seat, { seat, generation } as SeatHandle);
  const then = (...expected: string[]) => {
    follow();
    follow();
    expect(said.splice(0)).toEqual(expected);
  };
  then();
  make(1, 1);
  then("open 1/1");
  make(2, 1);
  make(1, 2);
  then("open 1/2", "open 2/1");
  ready.delete(1);
  then("close 1");
  make(1, 3);
  then("open 1/3");
});
