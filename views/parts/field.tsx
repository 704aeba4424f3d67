import type { ComponentChildren } from "preact";
import { capital, inWords } from "./amounts.ts";
import { Icon } from "./icon.tsx";

/** A labelled control with its hint or, in the hint's place, what is wrong. `control` gets the attributes that tie them together. */
export function Field(props: {
  id: string;
  label: string;
  optional?: string;
  hint?: ComponentChildren;
  problem?: string | undefined;
  /** Stands below both. */
  note?: ComponentChildren;
  children: (control: ControlAttributes) => ComponentChildren;
}) {
  const note = `${props.id}-note`;
  const described = props.problem || props.hint ? { "aria-describedby": note } : {};
  return (
    <div class="field">
      <label for={props.id}>
        {props.label}
        {props.optional && <span class="optional"> {props.optional}</span>}
      </label>
      {props.children({ id: props.id, ...described, ...(props.problem ? { "aria-invalid": "true" as const } : {}) })}
      {props.problem ? (
        <p class="problem" id={note}>
          <Icon name="warn" small />
          <span>{props.problem}</span>
        </p>
      ) : (
        props.hint && (
          <p class="hint" id={note}>
            {props.hint}
          </p>
        )
      )}
      {props.note}
    </div>
  );
}

/** Above a form of which so many fields have a problem. */
export const anotherLook = (fields: number): string =>
  `${capital(inWords(fields))} ${fields === 1 ? "field needs" : "fields need"} another look; what you typed is still here.`;

export interface ControlAttributes {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: "true";
}
