import type { EnvironmentView } from "../workshop.ts";

/** Where an SDK comes from, for people; the system's and the catalogue's go without saying. */
const SOURCES: Record<string, string> = { project: "your own", try: "on trial", sketch: "sketch" };

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
      {connections.length > 0 && (
        <p>
          <span class="quieter">Connected:</span>{" "}
          {connections.map(({ plug, slot }, i) => (
            <>
              {i > 0 && ", "}
              <span class="mono">
                {plug} → {slot}
              </span>
            </>
          ))}
        </p>
      )}
      {actions.length > 0 && (
        <p>
          <span class="quieter">Actions:</span> <span class="mono">{actions.join(", ")}</span>
        </p>
      )}
    </div>
  );
}
