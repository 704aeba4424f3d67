import type { SeatChangeView, ShownWorkshop } from "../workshop.ts";
import { two } from "./amounts.ts";
import { AllOrders, DoNow } from "./renew.tsx";
import { State, type Stated } from "./state.tsx";
import { Tasks } from "./tasks.tsx";
import { Time } from "./time.tsx";

/** What is done with seats, what waits for the instructor, how the last ones went, and what can be done with all. */
export function SeatChanges({ workshop }: { workshop: ShownWorkshop }) {
  const { changes, seats } = workshop;
  const canAll = seats.some(({ operations }) => operations.length > 0);
  if (changes.length === 0 && !canAll) return null;
  return (
    <section class="card changes" aria-labelledby="seat-changes">
      <div class="title-row">
        <h2 id="seat-changes">Changes of seats</h2>
        <span class="quieter small" aria-live="polite">
          {summaryOf(changes)}
        </span>
      </div>
      {changes.map((change) => (
        <Change key={change.id} change={change} workshop={workshop} />
      ))}
      {canAll && (
        <div class="pad stack">
          <div class="buttons">
            <AllOrders workshop={workshop} />
          </div>
          <OneSeat workshop={workshop} />
        </div>
      )}
    </section>
  );
}

/** Also of those that are free and stand in no row of their own. */
function OneSeat({ workshop: { id, seats } }: { workshop: ShownWorkshop }) {
  return (
    <form action={`/workshops/${id}/seats`} class="one-seat">
      <label for="one-seat">One seat</label>
      <select id="one-seat" name="seat">
        {seats.map(({ seat }) => (
          <option key={seat} value={seat}>
            {two(seat)}
          </option>
        ))}
      </select>
      <button type="submit" class="button">
        Look at it
      </button>
    </form>
  );
}

function summaryOf(changes: readonly SeatChangeView[]): string {
  const waiting = changes.filter(({ is }) => is === "waiting").length;
  const open = changes.filter(({ endedAt }) => endedAt === undefined).length;
  if (waiting > 0) return waiting === 1 ? "one waits for you" : `${waiting} wait for you`;
  if (open > 0) return open === 1 ? "one goes on" : `${open} go on`;
  return changes.length === 0 ? "none lately" : "all over";
}

interface ChangeProps {
  change: SeatChangeView;
  workshop: Pick<ShownWorkshop, "id" | "seats" | "now">;
}

/** One that went well or was given up is folded up; who wants to know opens it. */
export function Change({ change, workshop }: ChangeProps) {
  const { id, summary, steps, endedAt } = change;
  const { now } = workshop;
  const name = `change-${id}`;
  const head = (
    <>
      <span class="what" id={name}>
        {summary}
      </span>
      <Is change={change} now={now} />
    </>
  );
  if (endedAt !== undefined)
    return (
      <details class="change" id={`of-${name}`} open={change.is === "failed"}>
        <summary>{head}</summary>
        <Tasks tasks={steps} now={now} />
      </details>
    );
  return (
    <section class="change" aria-labelledby={name} id={`of-${name}`}>
      <div class="change-head">{head}</div>
      <Tasks tasks={steps} now={now} />
      {change.is === "waiting" && <Decide change={change} workshop={workshop} />}
    </section>
  );
}

const IS: Record<SeatChangeView["is"], [is: Stated, word: string]> = {
  doing: ["provisioning", "Goes on"],
  waiting: ["disconnected", "Waits for you"],
  undoing: ["stopping", "Goes back"],
  done: ["ready", "Done"],
  failed: ["failed", "Failed"],
  undone: ["stopped", "Given up"],
};

function Is({ change: { is, startedAt, endedAt }, now }: { change: SeatChangeView; now: string }) {
  const [look, word] = IS[is];
  return (
    <span class="is">
      <State is={look}>{word}</State>
      <span class="quieter small">
        {endedAt === undefined ? (
          <>
            for <Time at={startedAt} now={now} show="since" />
          </>
        ) : (
          <Time at={endedAt} now={now} show="ago" />
        )}
      </span>
    </span>
  );
}

/** Nothing of it moves until somebody says how. */
function Decide({ change: { id, seats }, workshop }: ChangeProps) {
  const address = `/workshops/${workshop.id}/changes/${id}`;
  const edited = workshop.seats.some(({ seat, older }) => older && seats.includes(seat));
  const seat = seats.length === 1 ? "the seat goes" : "these seats go";
  return (
    <div class="decide">
      <p class="quieter small">
        Mend what it failed by, then continue: what waits runs again. Give up, and {seat} back to what{" "}
        {seats.length === 1 ? "it was" : "they were"}; nothing in /workspace is lost.
      </p>
      {edited && (
        <p class="small">
          <strong>The definition was changed since.</strong> Continuing goes on with the one that this change began with. Give up,
          then refresh, to take the new one.
        </p>
      )}
      <div class="buttons">
        <DoNow address={address} look="button" label="Continue" value="continue" />
        <DoNow address={address} look="button danger outline" label="Give up" value="abort" />
      </div>
    </div>
  );
}
