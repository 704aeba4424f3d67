import { expect, test } from "bun:test";
import { newSecret, openTickets, wayOf } from "../../../agent/ports/tickets.ts";

const secret = newSecret();
const holder = (seat: number) => ({ seat, port: 3000, generation: 1 });

test("who asks for tickets without end takes nobody else's away", () => {
  const tickets = openTickets();
  const hers = tickets.issue(holder(2), wayOf(secret));
  const many = Array.from({ length: 1000 }, () => tickets.issue(holder(1), wayOf(secret)));
  expect(tickets.take(hers, holder(2), secret)).toEqual(holder(2));
  const left = many.filter((ticket) => tickets.take(ticket, holder(1), secret));
  expect(left).toEqual(many.slice(-32));
});

test("a ticket that wasn't used soon opens nothing", () => {
  let now = 0;
  const tickets = openTickets(() => now);
  const issue = () => tickets.issue(holder(1), wayOf(secret));
  const [late, soon] = [issue(), issue()];
  now = 29_999;
  expect(tickets.take(soon, holder(1), secret)?.generation).toBe(1);
  now = 30_000;
  expect(tickets.take(late, holder(1), secret)).toBeUndefined();
});
