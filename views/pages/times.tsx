import { PortalPage } from "../layout.tsx";
import { count } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { anotherLook } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { MomentField, type TypedTimes, ZoneOfTimes } from "../parts/moment-field.tsx";
import { Time } from "../parts/time.tsx";
import type { ShownWorkshop } from "../workshop.ts";

export interface TimesProps {
  workshop: ShownWorkshop;
  typed: TypedTimes;
  /** One sentence a field; `form` for what belongs to none. */
  problems: Partial<Record<"startsAt" | "endsAt" | "form", string>>;
}

/** `/workshops/:id/times`: when a class begins and ends; once it was started, when it ends. */
export function TimesPage(props: TimesProps) {
  const { id, name } = props.workshop;
  return (
    <PortalPage title={`Times of ${name} – ClaraTeach`} signedIn>
      <section class="form times">
        <a class="back" href={`/workshops/${id}`}>
          <Icon name="back" small />
          {name}
        </a>
        <h1>{isStarted(props.workshop) ? "When it ends" : "When it begins and ends"}</h1>
        <TimesForm {...props} />
      </section>
    </PortalPage>
  );
}

export const isStarted = ({ state }: Pick<ShownWorkshop, "state">): boolean => state !== "created" && state !== "failed";

/** The form alone: what a refused one is swapped for. */
export function TimesForm({ workshop, typed, problems }: TimesProps) {
  const { id, hours } = workshop;
  const action = `/workshops/${id}/times`;
  const started = isStarted(workshop);
  return (
    <form
      id="times"
      class="card"
      method="post"
      action={action}
      novalidate
      hx-post={action}
      hx-swap="outerMorph"
      hx-disable="find button[type=submit]"
      hx-sync="this:drop"
    >
      <div class="pad">
        <Refused problems={problems} />
        {!started && (
          <MomentField
            name="startsAt"
            label="Start at"
            optional="optional"
            value={typed.startsAt}
            hint="It starts by itself then. Empty: when you start it."
            problem={problems.startsAt}
          />
        )}
        <MomentField
          name="endsAt"
          label="End at"
          {...(started ? {} : { optional: "optional" })}
          value={typed.endsAt}
          hint={
            started ? <Ceiling workshop={workshop} /> : `It stops by itself then. Empty: ${count(hours, "hour")} after its start.`
          }
          problem={problems.endsAt}
        />
        <ZoneOfTimes zone={typed.zone} />
      </div>
      <div class="dialog-foot">
        <a class="button quiet" href={`/workshops/${id}`}>
          Cancel
        </a>
        <button type="submit" class="button primary">
          {started ? "Move the end" : "Keep these times"}
        </button>
      </div>
    </form>
  );
}

function Ceiling({ workshop: { latestEnd, now } }: { workshop: ShownWorkshop }) {
  if (!latestEnd) return "Learners see it at once.";
  return (
    <>
      Earlier or later, until <Time at={latestEnd} now={now} show="when" /> at the latest. Learners see it at once.
    </>
  );
}

function Refused({ problems }: Pick<TimesProps, "problems">) {
  const { form, ...fields } = problems;
  const wrong = Object.keys(fields).length;
  if (wrong === 0 && form === undefined) return null;
  return (
    <Banner kind="bad" blocks bold="Nothing was changed.">
      {form ?? anotherLook(wrong)}
    </Banner>
  );
}
