import type { ComponentChildren } from "preact";
import { seatList } from "./amounts.ts";
import { Icon } from "./icon.tsx";
import { Seat, type SeatIs } from "./seat.tsx";

/** So many rows are read by turning the page. More would push away what stands below. */
const ROWS_WHOLE = 20;

/** Of very many seats some are seen at once, and the rest by scrolling in it. @param label for readers aloud */
export function Bounded({ rows, label, children }: { rows: number; label: string; children: ComponentChildren }) {
  if (rows <= ROWS_WHOLE) return <>{children}</>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no pointer scrolls it by arrows
    <section class="bounded" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** A row a seat; what can be done with it stands in a last column of its own. */
export function SeatTable({ columns, children }: { columns: readonly string[]; children: ComponentChildren }) {
  return (
    <table class="roster">
      <thead>
        <tr>
          {columns.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
          <th scope="col">
            <span class="only-read">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** What can be done with one seat. @param id of the menu, once on the page */
export function SeatMenu({ id, label, children }: { id: string; label: string; children: ComponentChildren }) {
  return (
    <>
      <button type="button" class="button quiet square tiny" popovertarget={id} aria-label={label} title={label}>
        <Icon name="more" />
      </button>
      <div id={id} class="menu" popover="auto">
        {children}
      </div>
    </>
  );
}

/** One row for all seats of which the same is to be said. @param one what is said of a single seat @param many of several */
export function SeatsRow({ seats, is, one, many }: { seats: readonly number[]; is: SeatIs; one: string; many: string }) {
  const [first] = seats;
  if (first === undefined) return null;
  return (
    <tr class="rest">
      <td>
        <Seat seat={first} is={is} />
      </td>
      <td colSpan={4}>
        {seats.length === 1 ? "Seat" : "Seats"} {seatList(seats)} {seats.length === 1 ? one : many}
      </td>
    </tr>
  );
}
