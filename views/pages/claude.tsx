import { PortalPage } from "../layout.tsx";
import { count, two } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { anotherLook, Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { KeyField } from "../parts/key-field.tsx";
import { connected, type ShownWorkshop } from "../workshop.ts";

export interface ClaudeProps {
  workshop: ShownWorkshop;
  /** As typed. */
  typed: ClaudeTyped;
  /** One sentence a field: `workshopUsd`, `seatUsd`, `models`, `permissions`, `apiKey`, `limit-4`. */
  problems: Readonly<Record<string, string>>;
}

export interface ClaudeTyped {
  workshopUsd: string;
  seatUsd: string;
  models: string;
  permissions: string;
  /** By seat; empty: as all seats. */
  limits: Record<number, string>;
}

/** `/workshops/:id/claude`: what may be used of Claude in a class, and its key. */
export function ClaudePage(props: ClaudeProps) {
  const { id, name } = props.workshop;
  return (
    <PortalPage title={`Claude in ${name} – ClaraTeach`} signedIn>
      <section class="form">
        <a class="back" href={`/workshops/${id}`}>
          <Icon name="back" small />
          {name}
        </a>
        <h1>Claude in this class</h1>
        <div class="columns">
          <CapsForm {...props} />
          <KeyForm {...props} />
        </div>
      </section>
    </PortalPage>
  );
}

function CapsForm({ workshop, typed, problems }: ClaudeProps) {
  const wrong = Object.keys(problems).filter((field) => field !== "apiKey").length;
  return (
    <form class="card" method="post" action={`/workshops/${workshop.id}/claude`} novalidate>
      <div class="pad">
        {wrong > 0 && (
          <Banner kind="bad" blocks bold="Nothing was changed.">
            {anotherLook(wrong)}
          </Banner>
        )}
        <div class="two even">
          <Field
            id="seatUsd"
            label="Cap of each seat, in dollars"
            hint="Its learner is told when it is used up."
            problem={problems.seatUsd}
          >
            {(control) => <Dollars control={control} name="seatUsd" value={typed.seatUsd} />}
          </Field>
          <Field
            id="workshopUsd"
            label="Cap of the whole class"
            optional="optional"
            hint="In dollars; empty: none but the seats’."
            problem={problems.workshopUsd}
          >
            {(control) => <Dollars control={control} name="workshopUsd" value={typed.workshopUsd} />}
          </Field>
        </div>
        <Field
          id="models"
          label="Models"
          optional="optional"
          hint="Only these may be used, one a line, as claude-haiku-4-5. Empty: all."
          problem={problems.models}
        >
          {(control) => (
            <textarea {...control} name="models" class="mono" rows={3} spellcheck={false}>
              {typed.models}
            </textarea>
          )}
        </Field>
        <Field
          id="permissions"
          label="Without asking, Claude may"
          hint="Each learner’s CLI follows it; its own questions stay for all else."
          problem={problems.permissions}
        >
          {(control) => (
            <select {...control} name="permissions">
              {PERMISSIONS.map(([value, words]) => (
                <option key={value} value={value} selected={value === typed.permissions}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <details open={Object.values(typed.limits).some((limit) => limit !== "")}>
          <summary>Caps of single seats</summary>
          <div class="limits">
            {workshop.seats.map(({ seat }) => (
              <Field key={seat} id={`limit-${seat}`} label={`Seat ${two(seat)}`} problem={problems[`limit-${seat}`]}>
                {(control) => <Dollars control={control} name={`limit-${seat}`} value={typed.limits[seat] ?? ""} />}
              </Field>
            ))}
          </div>
          <p class="hint quieter small">In dollars, instead of the cap of each seat; empty: that.</p>
        </details>
        <p class="quieter small">
          Of a model whose price isn’t known, two million tokens count as a dollar. Answers under way when a cap is reached still
          end.
        </p>
      </div>
      <div class="dialog-foot">
        <a class="button quiet" href={`/workshops/${workshop.id}`}>
          Cancel
        </a>
        <button type="submit" class="button primary">
          Put in force
        </button>
      </div>
    </form>
  );
}

const PERMISSIONS = [
  ["ask", "do nothing: it asks for everything"],
  ["edits", "edit files and use the seat’s browser"],
  ["everything", "do everything"],
] as const;

function Dollars({ control, name, value }: { control: object; name: string; value: string }) {
  return <input {...control} name={name} value={value} inputMode="decimal" autocomplete="off" />;
}

function KeyForm({ workshop, problems }: ClaudeProps) {
  const many = count(connected(workshop.learners).length, "learner");
  return (
    <form id="key" class="card" method="post" action={`/workshops/${workshop.id}/claude/key`} novalidate>
      <div class="pad">
        <h2>Replace the key</h2>
        <KeyField
          hint={
            workshop.state === "running"
              ? `In force at once; ${many} connected notice nothing but their next answer.`
              : "Sealed in place of the one before."
          }
          problem={problems.apiKey}
        />
      </div>
      <div class="dialog-foot">
        <button type="submit" class="button">
          Replace the key
        </button>
      </div>
    </form>
  );
}
