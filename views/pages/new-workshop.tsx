import type { CostView } from "../cost.ts";
import { PortalPage } from "../layout.tsx";
import { count } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { NewCost } from "../parts/cost.tsx";
import { EnvironmentField, type EnvironmentFieldProps } from "../parts/environment-field.tsx";
import { anotherLook, Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { KeyField } from "../parts/key-field.tsx";
import { MomentField, type TypedTimes, ZoneOfTimes } from "../parts/moment-field.tsx";
import { Seat } from "../parts/seat.tsx";

export interface NewWorkshopProps {
  /** As typed; the key is never sent back. */
  typed: {
    name: string;
    seats: string;
    hours: string;
    environment: string;
    definition: string;
    smallSeats: boolean;
  } & TypedTimes;
  /** One sentence a field; `form` for what belongs to none. */
  problems: Partial<Record<NewWorkshopField | "form", string>>;
  /** Of the definition, in its order. */
  lines: EnvironmentFieldProps["lines"];
  builtIn: EnvironmentFieldProps["builtIn"];
  /** What so many seats and hours would cost; null: what is typed can't be reckoned with. Missing: machines cost nothing. */
  cost?: CostView | null;
  /** What each seat gets of the machine, where that is too little for a class. */
  small?: string;
  limits: {
    name: number;
    seats: number;
    seatsPerMachine: number;
    hours: { least: number; most: number };
    starter: string;
    archive: string;
  };
}

export type NewWorkshopField =
  | "name"
  | "seats"
  | "hours"
  | "startsAt"
  | "endsAt"
  | "apiKey"
  | "starter"
  | "definition"
  | "smallSeats";

/** `/workshops/new` */
export function NewWorkshop(props: NewWorkshopProps) {
  return (
    <PortalPage title="New workshop – ClaraTeach" signedIn>
      <section class="form">
        <a class="back" href="/">
          <Icon name="back" small />
          Workshops
        </a>
        <h1>New workshop</h1>
        <div class="columns">
          <NewWorkshopForm {...props} />
          <ComesNext />
        </div>
      </section>
    </PortalPage>
  );
}

/** The form alone: what a refused one is swapped for, with all that was typed (a chosen file too, where scripts run). */
export function NewWorkshopForm({ typed, problems, lines, builtIn, cost, small, limits }: NewWorkshopProps) {
  return (
    <form
      id="new-workshop"
      class="card"
      method="post"
      action="/workshops"
      enctype="multipart/form-data"
      novalidate
      hx-post="/workshops"
      hx-swap="outerMorph"
      hx-disable="find button[type=submit]"
      hx-sync="this:drop"
    >
      <div class="pad">
        <Refused problems={problems} />
        <div class="two">
          <Field id="name" label="Name" hint="Learners see it on their page." problem={problems.name}>
            {(control) => (
              <input {...control} name="name" value={typed.name} maxLength={limits.name} required autocomplete="off" />
            )}
          </Field>
          <Field id="seats" label="Seats" hint={seatsHint(limits)} problem={problems.seats}>
            {(control) => <input {...control} name="seats" value={typed.seats} inputMode="numeric" required autocomplete="off" />}
          </Field>
        </div>
        <div class="two">
          <KeyField
            hint="Sealed on arrival. No seat ever holds it; it is removed when the workshop stops."
            problem={problems.apiKey}
          />
          <Field id="hours" label="Length of class" hint="Then it stops by itself." problem={problems.hours}>
            {(control) => (
              <select {...control} name="hours">
                {range(limits.hours.least, limits.hours.most).map((hours) => (
                  <option key={hours} value={hours} selected={String(hours) === typed.hours}>
                    {count(hours, "hour")}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <TimesFields typed={typed} problems={problems} />
        {cost !== undefined && <NewCost cost={cost} />}
        {small && <SmallSeats why={small} confirmed={typed.smallSeats} problem={problems.smallSeats} />}
        <StarterField limit={limits.starter} problem={problems.starter} />
        <EnvironmentField
          builtIn={builtIn}
          chosen={typed.environment}
          definition={typed.definition}
          problem={problems.definition}
          lines={lines}
          limit={limits.archive}
        />
      </div>
      <div class="dialog-foot">
        <a class="button quiet" href="/">
          Cancel
        </a>
        <button type="submit" class="button primary">
          Make the workshop
        </button>
      </div>
    </form>
  );
}

/** Most classes are begun by whoever teaches them. */
function TimesFields({ typed, problems }: Pick<NewWorkshopProps, "typed" | "problems">) {
  const used = typed.startsAt || typed.endsAt || problems.startsAt || problems.endsAt;
  return (
    <details open={Boolean(used)}>
      <summary>Begin or end at a time</summary>
      <div class="two even">
        <MomentField
          name="startsAt"
          label="Start at"
          optional="optional"
          value={typed.startsAt}
          hint="Ready by then. Empty: when you start it."
          problem={problems.startsAt}
        />
        <MomentField
          name="endsAt"
          label="End at"
          optional="optional"
          value={typed.endsAt}
          hint="Instead of the length of class."
          problem={problems.endsAt}
        />
      </div>
      <ZoneOfTimes zone={typed.zone} />
    </details>
  );
}

function Refused({ problems }: Pick<NewWorkshopProps, "problems">) {
  const fields = Object.keys(problems).filter((key) => key !== "form").length;
  if (fields + (problems.form ? 1 : 0) === 0) return null;
  return (
    <Banner kind="bad" blocks bold="The workshop was not made.">
      {problems.form ?? anotherLook(fields)}
      <noscript> Only the key has to be typed again.</noscript>
    </Banner>
  );
}

/** More than one machine's worth cost more, and take the same time: machines are made side by side. */
const seatsHint = ({ seats, seatsPerMachine: each }: NewWorkshopProps["limits"]): string =>
  `1 to ${seats}; ${each} a machine, so ${3 * each} seats are 3 machines.`;

/** Seats that start and please nobody: confirmed, or not made. */
function SmallSeats({ why, confirmed, problem }: { why: string; confirmed: boolean; problem: string | undefined }) {
  return (
    <div class="banner warn">
      <Icon name="warn" />
      <div class="stack tight">
        <p id="smallSeats-note">
          <strong>Seats will be small on this machine.</strong> {why}
        </p>
        <label class="check">
          <input
            type="checkbox"
            name="smallSeats"
            value="yes"
            checked={confirmed}
            aria-describedby="smallSeats-note"
            {...(problem ? { "aria-invalid": "true" as const } : {})}
          />
          <span>Make it all the same</span>
        </label>
      </div>
    </div>
  );
}

const range = (least: number, most: number): number[] => Array.from({ length: most - least + 1 }, (_, i) => least + i);

/** A whole label is the target: it is clicked, reached by Tab through its input, or a file is dropped on it. */
function StarterField({ limit, problem }: { limit: string; problem: string | undefined }) {
  return (
    <Field
      id="starter"
      label="Starter files"
      optional="optional"
      problem={problem}
      hint={`A .zip, .tar or .tar.gz of up to ${limit}.`}
    >
      {(control) => (
        <div class="drop" data-drop>
          <Icon name="upload" />
          <span class="stack tight">
            <span>
              <span class="needs-script">Drop an archive here, or choose a file. </span>It is unpacked in every seat’s{" "}
              <code>/workspace</code>.
            </span>
            <input {...control} type="file" name="starter" accept=".zip,.tar,.tar.gz,.tgz" />
          </span>
        </div>
      )}
    </Field>
  );
}

function ComesNext() {
  const steps = [
    ["Make it", "You get the code at once. Nothing runs yet."],
    ["Start it", "When the class begins, or by itself at a time. You see every seat get ready."],
    ["Show the code", "Learners type it on the join page and are in."],
    ["Stop it", "Everything is destroyed; you get a receipt."],
  ] as const;
  return (
    <aside>
      <h2 class="only-read">What comes next</h2>
      <ol class="next">
        {steps.map(([step, more], i) => (
          <li key={step}>
            <Seat seat={String(i + 1)} is={i === 0 ? "assigned" : "free"} />
            <span>
              <b>{step}</b>
              {more}
            </span>
          </li>
        ))}
      </ol>
    </aside>
  );
}
