import type { MachineView, SeatView, ShownWorkshop } from "../workshop.ts";
import { seatList } from "./amounts.ts";
import { Banner } from "./banner.tsx";
import { State } from "./state.tsx";
import { Time } from "./time.tsx";

/** Whether they answer; of several, which ones don't. */
export function MachineFacts({ machines }: { machines: readonly MachineView[] }) {
  const [only, ...others] = machines;
  if (!only) return null;
  if (others.length === 0)
    return (
      <div>
        <dt>Machine</dt>
        <dd>
          <State is={only.answers ? "running" : "reconnecting"}>{only.answers ? "answers" : "doesn’t answer"}</State>
          {!only.answers && only.note && <span class="quieter small note">{only.note}</span>}
        </dd>
      </div>
    );
  const silent = machines.filter(({ answers }) => !answers);
  const answering = `${machines.length - silent.length} of ${machines.length} answer`;
  return (
    <div>
      <dt>Machines</dt>
      <dd>
        <State is={silent.length === 0 ? "running" : "reconnecting"}>
          {silent.length === 0 ? `all ${machines.length} answer` : answering}
        </State>
        {silent.map((machine) => (
          <span key={machine.name} class="quieter small note">
            {ofSeats(machine.seats)}: {(cameUp(machine) && machine.note) || WORDS[machine.status]}
          </span>
        ))}
      </dd>
    </div>
  );
}

/** Why one never came stands above, with its seats. */
const cameUp = ({ status }: MachineView): boolean => status !== "none" && status !== "starting";

const WORDS: Record<MachineView["status"], string> = {
  none: "not there",
  starting: "coming up",
  running: "doesn’t answer",
  stopping: "being removed",
  broken: "doesn’t run",
  gone: "gone",
};

const ofSeats = (seats: readonly number[]): string => `${seats.length === 1 ? "Seat" : "Seats"} ${seatList(seats)}`;

/** What could not be made, or isn't there yet, doesn't hold up the class. */
export function Late({ workshop }: { workshop: ShownWorkshop }) {
  const { seats, machines } = workshop;
  const late = seats.filter((seat) => seat.late);
  const failed = late.filter(({ build }) => build === "failed");
  const coming = machines.map((machine) => ({
    machine,
    own: late.filter(({ seat, build }) => build !== "failed" && machine.seats.includes(seat)),
  }));
  return (
    <>
      <LostMachines workshop={workshop} />
      <FailedSeats seats={failed} />
      {coming.map(({ machine, own }) => own.length > 0 && <ComingSeats key={machine.name} machine={machine} seats={own} />)}
    </>
  );
}

/** Learners come back to empty seats: said until the class ends, as they may ask where their work is. */
function LostMachines({ workshop: { machines, now } }: { workshop: ShownWorkshop }) {
  return machines.map(
    ({ name, seats, lostAt }) =>
      lostAt && (
        <Banner key={name} kind="bad" bold={`The machine of ${ofSeats(seats).toLowerCase()} was gone.`}>
          ClaraTeach didn’t remove it; it was missed on <Time at={lostAt} now={now} show="dayClock" />. Another one is made in its
          place, and learners get back into their seats with code and reconnect code. The work that was in them is lost.
        </Banner>
      ),
  );
}

function FailedSeats({ seats }: { seats: readonly SeatView[] }) {
  if (seats.length === 0) return null;
  const was = seats.length === 1 ? "it is" : "they are";
  const reasons = [...new Set(seats.flatMap(({ problem }) => problem ?? []))];
  return (
    <Banner kind="warn" bold={`${ofSeats(seats.map(({ seat }) => seat))} could not be made.`}>
      {reasons.map((reason) => `${reason}. `)}
      The machine tries again by itself, later each time. Nobody gets in there before {was} ready; whoever waits gets in then.
    </Banner>
  );
}

/** Of a machine that the class began without. */
function ComingSeats({ machine, seats }: { machine: MachineView; seats: readonly SeatView[] }) {
  const [are, is] = seats.length === 1 ? ["is", "it is"] : ["are", "they are"];
  const wasTried = machine.note !== undefined;
  return (
    <Banner kind="warn" bold={`${ofSeats(seats.map(({ seat }) => seat))} ${are} not there yet.`}>
      {machine.note ?? "Their machine is still coming up."}
      {wasTried && " It is tried again by itself."} Whoever waits gets in as soon as {is} ready.
    </Banner>
  );
}
