import type { EnvironmentView } from "../workshop.ts";

/** Where an SDK comes from, for people. */
const SOURCES: Record<string, string> = { system: "built in", catalogue: "built in", project: "your own" };

/** The same on the workshop's page. */
export function EnvironmentCard({ environment }: { environment: EnvironmentView | undefined }) {
  if (!environment) return null;
  return (
    <section class="card" aria-labelledby="environment">
      <div class="pad stack">
        <h2 id="environment">What seats have</h2>
        <p class="quieter small">
          The definition <span class="mono">{environment.name}</span>, installed in this order.
        </p>
        <Environment environment={environment} />
      </div>
    </section>
  );
}

/** What is installed in every seat, in this order. */
export function Environment({ environment }: { environment: EnvironmentView }) {
  const { base, sdks, connections, actions } = environment;
  return (
    <div class="environment">
      <ol>
        <li>
          <span class="mono">{base}</span> <span class="quieter">What seats are made of.</span>
        </li>
        {sdks.map(({ name, source, summary }) => (
          <li key={name}>
            <span class="mono">{name}</span>
            {SOURCES[source] && <span class="tag">{SOURCES[source]}</span>} <span class="quieter">{summary}</span>
          </li>
        ))}
      </ol>
      {(connections.length > 0 || actions.length > 0) && <Later connections={connections} actions={actions} />}
    </div>
  );
}

/** What seats don't do yet, said as it is. */
function Later({ connections, actions }: Pick<EnvironmentView, "connections" | "actions">) {
  return (
    <p class="quieter small">
      Checked and kept for a later release:{" "}
      {connections.length > 0 && (
        <>
          connections <span class="mono">{connections.map(({ plug, slot }) => `${plug} → ${slot}`).join(", ")}</span>
        </>
      )}
      {connections.length > 0 && actions.length > 0 && "; "}
      {actions.length > 0 && (
        <>
          actions <span class="mono">{actions.join(", ")}</span>
        </>
      )}
    </p>
  );
}
