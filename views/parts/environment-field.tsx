import type { ComponentChildren } from "preact";
import type { EnvironmentView } from "../workshop.ts";
import { count } from "./amounts.ts";
import { Environment } from "./environment.tsx";
import { Field } from "./field.tsx";
import { Icon } from "./icon.tsx";

/** A problem at a place of a definition's file. */
export interface PlacedLine {
  path: string;
  line: number;
  column: number;
  message: string;
}

export interface EnvironmentFieldProps {
  /** Those that come with ClaraTeach; the first is the default. */
  builtIn: readonly { about: string; environment: EnvironmentView }[];
  /** A built-in one's name, or `own`. */
  chosen: string;
  /** Text of an own one, as typed. */
  definition: string;
  problem: string | undefined;
  /** Every one of its files, in their order. */
  lines: readonly PlacedLine[];
  limit: string;
}

/** The value of the last choice. */
export const OWN = "own";

/** What seats have: one that comes with ClaraTeach, or one's own as text or file. Below the choice stands what it installs. */
export function EnvironmentField({ builtIn, chosen, definition, problem, lines, limit }: EnvironmentFieldProps) {
  return (
    <fieldset class="field environments" data-environment="/workshops/definition">
      <legend>Environment of the seats</legend>
      {chosen !== OWN && problem && <Refused problem={problem} />}
      {builtIn.map(({ about, environment }) => (
        <Choice key={environment.name} value={environment.name} chosen={chosen} title={environment.name} about={about}>
          <Environment environment={environment} />
        </Choice>
      ))}
      <Choice value={OWN} chosen={chosen} title="A definition of your own" about="A workshop.yaml, or an archive with SDKs.">
        <WrittenDefinition
          hint="Paste it here, or choose a file below. All that is wrong with it is said before anything is made."
          definition={definition}
          problem={chosen === OWN ? problem : undefined}
          lines={lines}
          rows={8}
          limit={limit}
        />
      </Choice>
    </fieldset>
  );
}

/** A definition as text or file, and below both what a look at it found. */
export function WrittenDefinition(props: {
  hint: ComponentChildren;
  definition: string;
  problem: string | undefined;
  lines: readonly PlacedLine[];
  /** Of the text, where nothing is wrong with it. */
  rows: number;
  limit: string;
}) {
  const { hint, definition, problem, lines, rows, limit } = props;
  return (
    <>
      <Field id="definition" label="workshop.yaml" hint={hint}>
        {(control) => (
          <textarea
            {...control}
            {...(problem ? REFUSED : {})}
            name="definition"
            class="mono"
            rows={lines.length > 0 ? Math.max(12, rows) : rows}
            spellcheck={false}
            wrap="off"
          >
            {definition}
          </textarea>
        )}
      </Field>
      <Field
        id="definition-file"
        label="Or a file"
        hint={`A workshop.yaml, or a .zip or .tar.gz of up to ${limit} with the workshop.yaml and its folders “project-…”.`}
      >
        {(control) => (
          <div class="drop" data-drop>
            <Icon name="upload" />
            <span class="stack tight">
              <input
                {...control}
                type="file"
                name="definitionFile"
                accept=".yaml,.yml,.zip,.tar,.tar.gz,.tgz"
                data-text-into="definition"
              />
            </span>
          </div>
        )}
      </Field>
      <div id="definition-found" class="field" aria-live="polite">
        {problem && <DefinitionFound problem={problem} lines={lines} />}
      </div>
    </>
  );
}

/** Why is said below, for text and file alike. */
const REFUSED = { "aria-invalid": "true", "aria-describedby": "definition-found" } as const;

const own = (problem: string, lines: readonly PlacedLine[]): string =>
  lines.length > 0 ? `${count(lines.length, "problem")} in this definition:` : problem;

function Choice(props: { value: string; chosen: string; title: string; about: string; children: ComponentChildren }) {
  const { value, chosen, title, about, children } = props;
  return (
    <div class="choice">
      <label for={`choice-${value}`} class="check">
        <input
          id={`choice-${value}`}
          type="radio"
          name="environment"
          value={value}
          checked={value === chosen}
          aria-describedby={`environment-${value}`}
        />
        <span>
          <strong>{title}</strong>{" "}
          <span class="quieter" id={`environment-${value}`}>
            {about}
          </span>
        </span>
      </label>
      <div class="chosen">{children}</div>
    </div>
  );
}

/** What a look at an own definition found: what it installs, or all that is wrong with it. */
export function DefinitionFound(props: { environment?: EnvironmentView; problem?: string; lines: readonly PlacedLine[] }) {
  const { environment, problem, lines } = props;
  if (environment)
    return (
      <>
        <p class="found">
          <Icon name="check" small />
          <span>
            <strong>“{environment.name}” is fine.</strong> Every seat gets:
          </span>
        </p>
        <Environment environment={environment} />
      </>
    );
  return (
    <>
      <Refused problem={own(problem ?? "", lines)} />
      {lines.length > 0 && <ProblemLines lines={lines} />}
    </>
  );
}

function Refused({ problem }: { problem: string }) {
  return (
    <p class="problem">
      <Icon name="warn" small />
      <span>{problem}</span>
    </p>
  );
}

/** Those of the text lead to their place in it; without scripts to the text. */
function ProblemLines({ lines }: { lines: readonly PlacedLine[] }) {
  return (
    <ol class="lines" aria-label="Problems of the definition">
      {lines.map(({ path, line, column, message }) => (
        <li>
          {path === "workshop.yaml" ? (
            <a href="#definition" data-go-to={`${line}:${column}`}>
              Line {line}
            </a>
          ) : (
            <span class="where">
              <span class="mono">{path}</span>, line {line}
            </span>
          )}
          <span>{message}</span>
        </li>
      ))}
    </ol>
  );
}
