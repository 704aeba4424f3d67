import { type SeatView, type ShownWorkshop, takenFrom } from "../workshop.ts";
import { count, seatList, starterSize } from "./amounts.ts";
import { Banner } from "./banner.tsx";
import { Blackboard, WallBoard } from "./board.tsx";
import { EnvironmentCard } from "./environment.tsx";
import { Icon } from "./icon.tsx";
import { ClaudeCard } from "./llm.tsx";
import { Roster } from "./roster.tsx";
import { State } from "./state.tsx";
import { Time } from "./time.tsx";

/** A class that goes on: what needs attention, the code, who sits where, what is used, how long it lasts. */
export function Running({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      <Guessing workshop={workshop} />
      <Late seats={workshop.seats.filter(({ late }) => late)} />
      <Blackboard workshop={workshop} />
      <div class="columns">
        <div class="stack">
          <Roster workshop={workshop} />
          <ClaudeCard workshop={workshop} />
        </div>
        <aside class="stack">
          <TimeLeft workshop={workshop} />
          <Facts workshop={workshop} />
          <EnvironmentCard environment={workshop.environment} />
          {workshop.isolation === "none" && (
            <Banner icon="info" bold="These seats are not walled off.">
              They run as you on this computer: let in only people you trust with it.
            </Banner>
          )}
          {workshop.imageDays !== undefined && <OldImage days={workshop.imageDays} />}
        </aside>
      </div>
      <dialog id="wall" class="board wall" aria-label="How to join, on the whole screen">
        <WallBoard
          workshop={workshop}
          leave={
            <form method="dialog">
              <button
                type="submit"
                class="button square close"
                aria-label="Leave the whole screen"
                title="Leave the whole screen"
              >
                <Icon name="close" />
              </button>
            </form>
          }
        />
      </dialog>
    </>
  );
}

/** Seats that could not be made don't hold up the class. */
function Late({ seats }: { seats: readonly SeatView[] }) {
  if (seats.length === 0) return null;
  const [it, was] = seats.length === 1 ? ["Seat", "it is"] : ["Seats", "they are"];
  const reasons = [...new Set(seats.flatMap(({ problem }) => problem ?? []))];
  return (
    <Banner kind="warn" bold={`${it} ${seatList(seats.map(({ seat }) => seat))} could not be made.`}>
      {reasons.map((reason) => `${reason}. `)}
      The machine tries again by itself, later each time. Nobody gets in there before {was} ready; whoever waits gets in then.
    </Banner>
  );
}

/** So many addresses are named; an attack from everywhere has thousands. */
const ADDRESSES_SHOWN = 3;

function Guessing({ workshop: { guessing, learners, now } }: { workshop: ShownWorkshop }) {
  if (!guessing) return null;
  const { wrong, since, addresses } = guessing;
  const shown = addresses.slice(0, ADDRESSES_SHOWN).map((address) => {
    const seats = takenFrom(learners, address).map(({ seat }) => seat);
    return seats.length > 0 ? `${address} (where ${seats.length === 1 ? "seat" : "seats"} ${seatList(seats)} sit)` : address;
  });
  const more = addresses.length - shown.length;
  return (
    <Banner kind="warn" bold="Somebody is guessing reconnect codes.">
      {count(wrong, "wrong one")} since <Time at={since} now={now} show="clock" />, from {shown.join(", ")}
      {more > 0 && ` and ${count(more, "more address", "more addresses")}`}. Guesses are slowed down so far that a hit is
      unlikely; learners come back as before.
    </Banner>
  );
}

/** Nothing for this class to do: running seats keep theirs. */
function OldImage({ days }: { days: number }) {
  return (
    <Banner kind="warn" bold={`The seats’ image is ${days} days old.`}>
      Its browser lacks what was mended since. Before the next class, whoever runs this server makes it anew:{" "}
      <code>sudo ./scripts/build-image</code>
    </Banner>
  );
}

function TimeLeft({ workshop }: { workshop: ShownWorkshop }) {
  if (!workshop.endsAt) return null;
  return (
    <section class="card">
      <div class="pad stack">
        <p class="quieter small">Time left</p>
        <p class="time-left">
          <Time at={workshop.endsAt} now={workshop.now} show="left" />
        </p>
        <p class="quieter small">
          Ends at <Time at={workshop.endsAt} now={workshop.now} show="when" />. Everything is destroyed then; learners see the
          time on their page.
        </p>
      </div>
    </section>
  );
}

function Facts({ workshop }: { workshop: ShownWorkshop }) {
  const { machines, starter, startedAt, now } = workshop;
  // Of several the one that is worst off.
  const machine = machines.find(({ answers }) => !answers) ?? machines[0];
  return (
    <section class="card">
      <div class="pad">
        <dl class="facts">
          {machine && (
            <div>
              <dt>Machine</dt>
              <dd>
                <State is={machine.answers ? "running" : "reconnecting"}>{machine.answers ? "answers" : "doesn’t answer"}</State>
                {!machine.answers && machine.note && <span class="quieter small note">{machine.note}</span>}
              </dd>
            </div>
          )}
          <div>
            <dt>Starter files</dt>
            <dd>{starter ? starterSize(starter) : "none"}</dd>
          </div>
          {startedAt && (
            <div>
              <dt>Started</dt>
              <dd>
                <Time at={startedAt} now={now} show="when" />
              </dd>
            </div>
          )}
        </dl>
      </div>
    </section>
  );
}
