import type { ComponentChildren } from "preact";
import { amounts, dollars } from "../client/shared/money.ts";
import type { LlmSeatView, LlmUse, LlmView } from "../llm.ts";
import { learnerName, type ShownWorkshop } from "../workshop.ts";
import { two } from "./amounts.ts";
import { Seat } from "./seat.tsx";
import { Bounded, SeatMenu, SeatsRow, SeatTable } from "./seat-table.tsx";
import { State } from "./state.tsx";

/** Use and caps of a running class, and who may go on. */
export function ClaudeCard({ workshop }: { workshop: ShownWorkshop }) {
  const { id, llm } = workshop;
  const notable = llm.seats.filter((seat) => isNotable(seat, workshop));
  const quiet = llm.seats.filter((seat) => !notable.includes(seat)).map(({ seat }) => seat);
  const nothing = `asked nothing; up to ${dollars(llm.seatUsd)} each`;
  return (
    <section class="card claude" aria-labelledby="claude">
      <div class="title-row">
        <h2 id="claude">Claude</h2>
        <span class="quieter small">
          {llm.paused && "paused for everybody, "}
          {spent(llm, llm.workshopUsd)}, {amounts(llm)}
        </span>
      </div>
      <Bounded rows={notable.length} label="What each seat used of Claude">
        <SeatTable columns={["Seat", "Used", "Requests and tokens", "State"]}>
          {notable.map((seat) => (
            <Row key={seat.seat} seat={seat} workshop={workshop} />
          ))}
          <SeatsRow seats={quiet} is="free" one={`has ${nothing}`} many={`have ${nothing}`} />
        </SeatTable>
      </Bounded>
      <div class="pad buttons">
        <Order id={id} what={llm.paused ? "resume" : "pause"}>
          {llm.paused ? "Let Claude go on for all" : "Pause Claude for all"}
        </Order>
        <a class="button" href={`/workshops/${id}/claude`}>
          Caps, models and key…
        </a>
      </div>
    </section>
  );
}

/** Somebody sits there, something was asked, or it differs from the others. */
const isNotable = (seat: LlmSeatView, { llm, learners }: ShownWorkshop): boolean =>
  seat.requests > 0 || seat.paused || seat.limitUsd !== llm.seatUsd || sitting(learners, seat.seat) !== undefined;

const sitting = (learners: ShownWorkshop["learners"], seat: number) =>
  learners.find((one) => one.seat === seat && one.session !== "expired");

function Row({ seat, workshop }: { seat: LlmSeatView; workshop: ShownWorkshop }) {
  const learner = sitting(workshop.learners, seat.seat);
  return (
    <tr id={`claude-${two(seat.seat)}`}>
      <td>
        <Seat seat={seat.seat} is={learner?.session ?? "free"} />
      </td>
      <td class="who">
        {spent(seat, seat.limitUsd)}
        {learner && <span class="quieter small whose">{learnerName(learner)}</span>}
      </td>
      <td class="how">{amounts(seat)}</td>
      <td class={workshop.llm.paused || seat.paused || seat.usedUp ? "said" : "since"}>
        <SeatState seat={seat} all={workshop.llm} />
      </td>
      <td>
        <SeatOrders seat={seat} workshop={workshop} />
      </td>
    </tr>
  );
}

function SeatState({ seat, all }: { seat: LlmSeatView; all: LlmView }) {
  if (seat.paused || all.paused) return <State is="disconnected">Paused</State>;
  if (seat.usedUp || all.usedUp) return <State is="failed">Used up</State>;
  return <State is="connected">May ask</State>;
}

function SeatOrders({ seat: { seat, paused }, workshop: { id, llm } }: { seat: LlmSeatView; workshop: ShownWorkshop }) {
  return (
    <SeatMenu id={`claude-menu-${two(seat)}`} label={`More about Claude in seat ${two(seat)}`}>
      <Order id={id} seat={seat} what={paused ? "resume" : "pause"} quiet>
        {paused ? `Let seat ${two(seat)} go on` : `Pause seat ${two(seat)}`}
      </Order>
      <Order id={id} seat={seat} what="top-up" quiet>
        Add {dollars(llm.seatUsd || 1)} to seat {two(seat)}
      </Order>
    </SeatMenu>
  );
}

/** One button that does one thing: a form of its own, with and without scripts. The button keeps the focus while its part is swapped. */
function Order(props: { id: string; seat?: number; what: string; quiet?: true; children: ComponentChildren }) {
  const action = `/workshops/${props.id}/claude/${props.seat === undefined ? "" : `seats/${props.seat}/`}${props.what}`;
  return (
    <form method="post" action={action} hx-post={action} hx-target="#workshop" hx-swap="innerMorph" hx-sync="this:drop">
      <button type="submit" class={props.quiet ? "button quiet" : "button"}>
        {props.children}
      </button>
    </form>
  );
}

const spent = ({ usd }: LlmUse, limit: number | null): string =>
  limit === null ? dollars(usd) : `${dollars(usd)} of ${dollars(limit)}`;
