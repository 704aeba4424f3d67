import { type ShownWorkshop, takenFrom } from "../workshop.ts";
import { count, seatList, starterSize } from "./amounts.ts";
import { Banner } from "./banner.tsx";
import { Blackboard, WallBoard } from "./board.tsx";
import { ChecksCard } from "./checks.tsx";
import { CostFact } from "./cost.tsx";
import { EnvironmentCard } from "./environment.tsx";
import { Icon } from "./icon.tsx";
import { ClaudeCard } from "./llm.tsx";
import { Late, MachineFacts } from "./machines.tsx";
import { Roster } from "./roster.tsx";
import { SeatChanges } from "./seat-changes.tsx";
import { Time } from "./time.tsx";
import { TimeLeft } from "./times.tsx";

/** A class that goes on: what needs attention, the code, who sits where, what is used, how long it lasts. */
export function Running({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      <Guessing workshop={workshop} />
      <Late workshop={workshop} />
      <Blackboard workshop={workshop} />
      <div class="columns">
        <div class="stack">
          <Roster workshop={workshop} />
          <SeatChanges workshop={workshop} />
          <ClaudeCard workshop={workshop} />
        </div>
        <aside class="stack">
          <TimeLeft workshop={workshop} />
          <Facts workshop={workshop} />
          <ChecksCard workshop={workshop} />
          <EnvironmentCard workshop={workshop} />
          {workshop.isolation === "none" && (
            <Banner icon="info" bold="These seats are not walled off.">
              They run as you on this computer: let in only people you trust with it.
            </Banner>
          )}
          {workshop.imageDays !== undefined && (
            <OldImage days={workshop.imageDays} inCloud={workshop.machines.some(({ place }) => place !== undefined)} />
          )}
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
function OldImage({ days, inCloud }: { days: number; inCloud: boolean }) {
  return (
    <Banner kind="warn" bold={`The seats’ image is ${days} days old.`}>
      Its browser lacks what was mended since. Before the next class, whoever runs this server makes it anew:{" "}
      <code>sudo ./scripts/build-image{inCloud && " --tar-only"}</code>
      {inCloud && ", puts it where machines fetch it, and sets its address and digest."}
    </Banner>
  );
}

function Facts({ workshop }: { workshop: ShownWorkshop }) {
  const { machines, starter, startedAt, now } = workshop;
  return (
    <section class="card">
      <div class="pad">
        <dl class="facts">
          <MachineFacts machines={machines} />
          <CostFact cost={workshop.cost} />
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
