import type { ComponentChildren } from "preact";
import { Field } from "./field.tsx";
import { Icon } from "./icon.tsx";

/** What was typed: `2026-11-29T14:00` on a clock of `zone`. */
export interface TypedTimes {
  startsAt: string;
  endsAt: string;
  /** `UTC` until the browser says its own (views/client/portal/moments.ts). */
  zone: string;
}

/** A date and a time of day. Of one that is typed in part browsers send nothing: with scripts that is told, and isn't sent. */
export function MomentField(props: {
  name: "startsAt" | "endsAt";
  label: string;
  optional?: string;
  value: string;
  hint: ComponentChildren;
  problem: string | undefined;
}) {
  const { name, value, ...field } = props;
  return (
    <Field id={name} {...field} note={<OnlyPart />}>
      {(control) => <input {...control} type="datetime-local" name={name} value={value} autocomplete="off" data-moment />}
    </Field>
  );
}

function OnlyPart() {
  return (
    <p class="problem" role="alert" data-only-part hidden>
      <Icon name="warn" small />
      <span>This is only a part of a date and time. Fill in all of it, or empty it.</span>
    </p>
  );
}

/** In whose zone a form's times are. */
export function ZoneOfTimes({ zone }: { zone: string }) {
  return (
    <>
      <input type="hidden" name="zone" value={zone} data-zone />
      <noscript>
        <p class="hint">These times are UTC.</p>
      </noscript>
    </>
  );
}
