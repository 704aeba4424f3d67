import type { ComponentChildren } from "preact";
import type { SeatView, ShownWorkshop } from "../workshop.ts";
import { two } from "./amounts.ts";

/** In the order of a menu. What ends programs asks first. */
const ORDERS = [
  { action: "start", word: "Start" },
  { action: "launch", word: "Make" },
  { action: "refresh", word: "Refresh", asks: true },
  { action: "restore", word: "Restore", asks: true },
  { action: "stop", word: "Stop", asks: true },
] as const;

/** Each has a question at its address. */
export const ASKING = ORDERS.flatMap((order) => ("asks" in order ? [order.action] : []));

/** What may be done with a seat now: on its own page, and `quiet` in its menu. */
export function SeatOrders({ seat, workshop, quiet = false }: { seat: SeatView; workshop: string; quiet?: boolean }) {
  return ORDERS.filter(({ action }) => seat.operations.includes(action)).map((order) => (
    <Order key={order.action} {...order} workshop={workshop} seat={seat.seat} quiet={quiet} fromSeat={!quiet}>
      {order.word} seat {two(seat.seat)}
    </Order>
  ));
}

/** The same of all at once: those that can do it do. */
export function AllOrders({ workshop: { id, seats } }: { workshop: ShownWorkshop }) {
  return ORDERS.filter(({ action }) => seats.some(({ operations }) => operations.includes(action))).map((order) => (
    <Order key={order.action} {...order} workshop={id} seat="all">
      {order.word} all seats
    </Order>
  ));
}

interface OrderProps {
  action: string;
  asks?: true;
  workshop: string;
  seat: number | "all";
  quiet?: boolean;
  fromSeat?: boolean;
  children: ComponentChildren;
}

/** Where this is asked of seats. `fromSeat`: on the seat's own page, and there one is again afterwards. */
export const orderAddress = (workshop: string, seat: number | "all", action: string, fromSeat: boolean): string =>
  `/workshops/${workshop}/seats/${seat}/${action}${fromSeat ? "?from=seat" : ""}`;

function Order({ action, asks, workshop, seat, quiet, fromSeat = false, children }: OrderProps) {
  const address = orderAddress(workshop, seat, action, fromSeat);
  const look = quiet ? "button quiet" : "button";
  if (!asks) return <DoNow address={address} look={look} label={children} />;
  return (
    <a class={look} href={address} data-ask>
      {children}…
    </a>
  );
}

/**
 * A button that does one thing, a form of its own, with and without scripts. What came of it is seen in the live part; why it was refused is
 * put above that, where it stays. @param value of the field `action`, where the address has several
 */
export function DoNow(props: { address: string; look: string; label: ComponentChildren; value?: string }) {
  return (
    <form
      method="post"
      action={props.address}
      hx-post={props.address}
      hx-target="#said"
      hx-swap="innerHTML"
      hx-sync="this:drop"
      {...{ "hx-status:503": "swap:innerHTML" }}
    >
      {props.value && <input type="hidden" name="action" value={props.value} />}
      <button type="submit" class={props.look}>
        {props.label}
      </button>
    </form>
  );
}

/** Where a seat is, when it isn't simply ready: said beside who sits there. */
export function seatNow({ seat, status }: SeatView, { changes }: Pick<ShownWorkshop, "changes">): string | undefined {
  if (status === undefined || status === "ready") return undefined;
  const change = changes.find(({ seats, endedAt }) => endedAt === undefined && seats.includes(seat));
  if (status === "waiting") return "waits for you";
  if (change) return change.is === "undoing" ? "goes back to what it was" : (DOING[change.kind] ?? "is being worked on");
  return NOW[status];
}

const NOW = { off: "is not made", pending: "is not ready yet", stopped: "is stopped", error: "is broken" } as const;

const DOING: Record<string, string> = {
  ...{ launch: "is being made", make: "is being made", repair: "is being repaired", remove: "is being removed" },
  ...{ refresh: "is being refreshed", restore: "is being restored", start: "is being started", stop: "is being stopped" },
  ...{ connect: "is being connected", disconnect: "is being disconnected", remount: "is being remounted" },
};
