import type { DefinitionView, RefreshPlanView } from "../definition.ts";
import { PortalPage } from "../layout.tsx";
import { bytes } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { type PlacedLine, WrittenDefinition } from "../parts/environment-field.tsx";
import { Icon } from "../parts/icon.tsx";
import { RefreshPlanCard } from "../parts/refresh-plan.tsx";
import type { ShownWorkshop } from "../workshop.ts";

export interface DefinitionProps {
  workshop: ShownWorkshop;
  /** As it is kept now. */
  definition: DefinitionView;
  /** As it was typed, or as it is kept. */
  text: string;
  /** Why it was not saved: one sentence, and where there are places, each with its own. */
  problem?: string;
  lines?: readonly PlacedLine[];
  /** Somebody else saved another one, so this was not. */
  moved?: string;
  /** It was saved just now. */
  saved?: boolean;
  /** Of a class that runs. */
  plan?: RefreshPlanView;
  /** Of an archive, for people. */
  limit: string;
}

/** `/workshops/:id/definition`: what the seats are made from, and what a refresh would do. */
export function DefinitionPage(props: DefinitionProps) {
  const { id, name } = props.workshop;
  return (
    <PortalPage title={`Definition of ${name} – ClaraTeach`} signedIn beside={<div id="asked" />}>
      <section class="form">
        <a class="back" href={`/workshops/${id}`}>
          <Icon name="back" small />
          {name}
        </a>
        <h1>Definition</h1>
        <DefinitionEditing {...props} />
      </section>
    </PortalPage>
  );
}

/** All that a save swaps: the form with what was typed, and the plan. */
export function DefinitionEditing(props: DefinitionProps) {
  const { workshop, plan } = props;
  return (
    <div id="editing" class={plan ? "columns" : "columns alone"}>
      <DefinitionForm {...props} />
      {plan && (
        <aside>
          <RefreshPlanCard workshop={workshop} plan={plan} />
        </aside>
      )}
    </div>
  );
}

function DefinitionForm({ workshop, definition, text, problem, lines = [], moved, saved, limit }: DefinitionProps) {
  const { id } = workshop;
  const action = `/workshops/${id}/definition`;
  return (
    <form
      id="definition-form"
      class="card"
      method="post"
      action={action}
      enctype="multipart/form-data"
      novalidate
      hx-post={action}
      hx-target="#editing"
      hx-swap="outerMorph"
      hx-disable="find button[type=submit]"
      hx-sync="this:drop"
      data-environment={`${action}/look`}
    >
      <div class="pad">
        {saved && <Saved workshop={workshop} />}
        {problem && (
          <Banner kind="bad" blocks bold="Nothing was changed.">
            What you typed is still here; what is wrong with it stands below it.
          </Banner>
        )}
        {moved && <Moved why={moved} text={definition.text} />}
        <input type="hidden" name="environment" value="own" />
        <input type="hidden" name="from" value={definition.digest} />
        <WrittenDefinition
          hint={<TextHint definition={definition} />}
          definition={text}
          problem={problem}
          lines={lines}
          rows={16}
          limit={limit}
        />
        <p class="quieter small">
          Saving changes no seat. Each keeps what it was made from until it is refreshed; seats that are freed or made later are
          made from what is saved.
        </p>
      </div>
      <div class="dialog-foot">
        <a class="button quiet" href={`/workshops/${id}`}>
          Back to the workshop
        </a>
        <button type="submit" class="button primary">
          {moved ? "Save mine in its place" : "Save the definition"}
        </button>
      </div>
    </form>
  );
}

/** What an archive brought stays as long as the text names it. */
function TextHint({ definition: { environment } }: Pick<DefinitionProps, "definition">) {
  const { archive, sdks } = environment;
  const own = sdks.filter(({ source }) => source === "project").map(({ name }) => `project-${name}`);
  if (!archive || own.length === 0) return <>All that is wrong with it is said before anything is saved.</>;
  return (
    <>
      <span class="mono">{own.join(", ")}</span> {own.length === 1 ? "is" : "are"} in {archive.name}
      {archive.bytes > 0 && ` (${bytes(archive.bytes)})`} and {own.length === 1 ? "stays" : "stay"} unless you choose another
      archive.
    </>
  );
}

function Saved({ workshop: { state } }: Pick<DefinitionProps, "workshop">) {
  return (
    <div role="status">
      <Banner icon="check" bold="The definition is saved.">
        {state === "running"
          ? "No seat has changed by it; what a refresh would do is said on this page."
          : "The next start makes seats from it."}
      </Banner>
    </div>
  );
}

function Moved({ why, text }: { why: string; text: string }) {
  return (
    <>
      <Banner kind="warn" blocks bold="Yours was not saved.">
        {why}
      </Banner>
      <details>
        <summary>What it is now</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <pre class="line" tabIndex={0}>
          {text}
        </pre>
      </details>
    </>
  );
}
