import type { ShownWorkshop } from "../workshop.ts";
import { count } from "./amounts.ts";
import { Banner } from "./banner.tsx";
import { Time } from "./time.tsx";

/** Rows of facts: how a class that hasn't started will begin and end. */
export function PlannedTimes({ workshop }: { workshop: ShownWorkshop }) {
  const { machinesFrom, hours, now } = workshop;
  const { startsAt, endsAt } = isMissed(workshop) ? {} : workshop;
  return (
    <>
      <div>
        <dt>Begins</dt>
        <dd>{startsAt ? <Time at={startsAt} now={now} show="when" /> : "when you start it"}</dd>
      </div>
      {startsAt && machinesFrom && (
        <div>
          <dt>Machines are made from</dt>
          <dd>
            <Time at={machinesFrom} now={now} show="when" />
          </dd>
        </div>
      )}
      <div>
        <dt>Ends</dt>
        <dd>{endsAt ? <Time at={endsAt} now={now} show="when" /> : `${count(hours, "hour")} after its start`}</dd>
      </div>
    </>
  );
}

/** What can be done about them. */
export function TimesButtons({ workshop }: { workshop: ShownWorkshop }) {
  const { id, startsAt } = workshop;
  const planned = startsAt !== undefined && !isMissed(workshop);
  return (
    <div class="buttons">
      <a class="button" href={`/workshops/${id}/times`}>
        {planned ? "Other times…" : "Begin or end at a time…"}
      </a>
      {planned && (
        <form method="post" action={`/workshops/${id}/by-hand`} {...swapping(`/workshops/${id}/by-hand`)}>
          <button type="submit" class="button">
            Don’t start by itself
          </button>
        </form>
      )}
    </div>
  );
}

/** Its time came and went, and so did its end, while no gateway ran. */
export function Missed({ workshop }: { workshop: ShownWorkshop }) {
  const { startsAt, now } = workshop;
  if (!startsAt || !isMissed(workshop)) return null;
  return (
    <Banner kind="warn" bold="It did not begin at its time.">
      ClaraTeach wasn’t running on <Time at={startsAt} now={now} show="dayClock" />, and not before the class was to end. Start it
      now, or choose another time.
    </Banner>
  );
}

const isMissed = ({ startsAt, endsAt, now }: ShownWorkshop): boolean =>
  startsAt !== undefined && endsAt !== undefined && Date.parse(endsAt) <= Date.parse(now);

/** How much longer with one press. */
const STEPS = [
  ["30 min longer", 30],
  ["1 hour longer", 60],
] as const;

/** The end of a class that runs, and moving it. */
export function TimeLeft({ workshop }: { workshop: ShownWorkshop }) {
  const { id, endsAt, now } = workshop;
  if (!endsAt) return null;
  return (
    <section class="card" aria-label="Time left">
      <div class="pad stack">
        <p class="quieter small">Time left</p>
        <p class="time-left">
          <Time at={endsAt} now={now} show="left" />
        </p>
        <p class="quieter small">
          Ends <Time at={endsAt} now={now} show="atWhen" />. Everything is destroyed then; learners see the time on their page.
        </p>
        <div class="buttons">
          {longer(workshop).map(([word, until]) => (
            <form key={word} method="post" action={`/workshops/${id}/extend`} {...swapping(`/workshops/${id}/extend`)}>
              <input type="hidden" name="endsAt" value={until} />
              <button type="submit" class="button">
                {word}
              </button>
            </form>
          ))}
          <a class="button" href={`/workshops/${id}/times`}>
            End at…
          </a>
        </div>
        <Ceiling workshop={workshop} />
      </div>
    </section>
  );
}

/** Each with the end that it leads to, so that pressing it on an old page does nothing twice. */
function longer({ endsAt, latestEnd }: ShownWorkshop): [word: string, until: string][] {
  if (!endsAt || !latestEnd) return [];
  return STEPS.map(([word, minutes]): [string, string] => [
    word,
    new Date(Date.parse(endsAt) + minutes * 60_000).toISOString(),
  ]).filter(([, until]) => until <= latestEnd);
}

function Ceiling({ workshop: { endsAt, latestEnd, machinesEnd, now } }: { workshop: ShownWorkshop }) {
  if (!latestEnd) return null;
  const most = <Time at={latestEnd} now={now} show="when" />;
  return (
    <p class="quieter small">
      {endsAt === latestEnd ? "It can’t go on longer than that." : <>It can go on until {most}.</>}
      {machinesEnd && (
        <>
          {" "}
          The cloud itself removes what runs <Time at={machinesEnd} now={now} show="atWhen" />.
        </>
      )}
    </p>
  );
}

const swapping = (action: string) => ({
  "hx-post": action,
  "hx-target": "#workshop",
  "hx-swap": "innerMorph",
  "hx-sync": "this:drop",
});
