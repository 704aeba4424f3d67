import { type ShownWorkshop, stopped } from "../workshop.ts";
import { allSeats, seatList, two } from "./amounts.ts";
import { People } from "./people.tsx";
import { FORMS, type QuestionForm } from "./questions.tsx";
import { type ASKING, orderAddress } from "./renew.tsx";
import { Bounded } from "./seat-table.tsx";

/** What asks before it is done with seats: programs end by it. */
export type RenewQuestionOf = (typeof ASKING)[number];

interface RenewQuestionProps {
  workshop: ShownWorkshop;
  action: RenewQuestionOf;
  /** One, or all that can do it. */
  seat: number | "all";
  /** It was asked on the seat's own page. */
  fromSeat: boolean;
  as: QuestionForm;
}

/** "Restore seat 04?": what ends by it and what stays, and who works there. */
export function RenewQuestion({ workshop, action, seat, fromSeat, as }: RenewQuestionProps) {
  const Form = FORMS[as];
  const seats = seatsOf(workshop, action, seat);
  const what = seat === "all" ? "all seats" : `seat ${two(seat)}`;
  return (
    <Form
      title={`${VERB[action]} ${what}?`}
      action={orderAddress(workshop.id, seat, action, fromSeat)}
      safe={seat === "all" ? "Leave them as they are" : "Leave it as it is"}
      confirm={`${VERB[action]} ${what}`}
      back={`/workshops/${workshop.id}${fromSeat ? `/seats/${seat}` : ""}`}
    >
      <Working workshop={workshop} seats={seats} />
      <p>
        <strong>{ends(action, seats)}</strong> {THEN[action][seats.length === 1 ? "one" : "many"]}
      </p>
      <StartsToo
        action={action}
        seats={stopped(workshop.seats.filter((one) => seats.includes(one.seat))).map((one) => one.seat)}
      />
      {action === "refresh" && (
        <p class="small">
          <a href={`/workshops/${workshop.id}/definition`}>See first what a refresh would do</a>
        </p>
      )}
      {seat === "all" && seats.length < workshop.seats.length && (
        <p class="quieter">{`It can be asked of seats ${seatList(seats)} now; the others stay as they are.`}</p>
      )}
      {action !== "stop" && seat !== "all" && <WaitChoice />}
    </Form>
  );
}

const VERB = { refresh: "Refresh", restore: "Restore", stop: "Stop" };

const seatsOf = ({ seats }: ShownWorkshop, action: string, seat: number | "all"): number[] =>
  seat === "all" ? seats.filter(({ operations }) => operations.includes(action)).map((one) => one.seat) : [seat];

function ends(action: RenewQuestionOf, seats: readonly number[]): string {
  const of = seats.length === 1 ? `seat ${two(seats[0] ?? 0)}` : `seats ${seatList(seats)}`;
  const home =
    action === "restore" ? `, and what stands in ${seats.length === 1 ? "its" : "their"} home directory is destroyed` : "";
  return `Terminals and running programs of ${of} end${home}; /workspace stays.`;
}

const THEN = {
  refresh: {
    one: "It is made again from what the definition says now. Where nothing differs, nothing is done.",
    many: "They are made again from what the definition says now. Where nothing differs, nothing is done.",
  },
  restore: {
    one: "It is made again from what it was made from, as on its first day.",
    many: "They are made again from what they were made from, as on their first day.",
  },
  stop: { one: "Nobody can work there until you start it.", many: "Nobody can work there until you start them." },
} as const;

/** Whoever makes a seat again wants it to run, also one that was stopped. */
function StartsToo({ action, seats }: { action: RenewQuestionOf; seats: readonly number[] }) {
  if (action === "stop" || seats.length === 0) return null;
  const [are, them, run] = seats.length === 1 ? ["Seat", "it", "it runs"] : ["Seats", "them", "they run"];
  const when = action === "refresh" ? `where anything of ${them} differs, ${run} then` : `${run} then`;
  return <p>{`${are} ${seatList(seats)} ${seats.length === 1 ? "is" : "are"} stopped; ${when}.`}</p>;
}

function Working({ workshop, seats }: { workshop: ShownWorkshop; seats: readonly number[] }) {
  const there = workshop.learners.filter(({ seat, session }) => seats.includes(seat) && session !== "expired");
  if (there.length === 0)
    return <p class="quieter">{seats.length === 1 ? "Nobody sits there." : `${allSeats(seats.length)} are free.`}</p>;
  return (
    <Bounded rows={there.length} label="Who sits there">
      <People learners={there} />
    </Bounded>
  );
}

/** Whoever looks for the cause wants it to stand still there. */
function WaitChoice() {
  return (
    <label class="check keep">
      <input type="checkbox" name="wait" value="yes" />
      <span>
        <strong>Wait when something fails</strong>
        <br />
        <span class="quieter small">
          It stops there, and you continue or give up on this page. Without this the seat goes back by itself to what it is now.
        </span>
      </span>
    </label>
  );
}
