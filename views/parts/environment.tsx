import type { EnvironmentView, ShownWorkshop } from "../workshop.ts";
import { seatList } from "./amounts.ts";

/** Where an SDK comes from, for people. */
const SOURCES: Record<string, string> = { system: "built in", catalogue: "built in", project: "your own" };

/** The same on the workshop's page, with the seats that don't have it yet. */
export function EnvironmentCard({ workshop }: { workshop: Pick<ShownWorkshop, "id" | "environment" | "seats"> }) {
  const { id, environment } = workshop;
  if (!environment) return null;
  const older = workshop.seats.filter((seat) => seat.older).map(({ seat }) => seat);
  return (
    <section class="card" aria-labelledby="environment">
      <div class="pad stack">
        <h2 id="environment">What seats have</h2>
        <p class="quieter small">
          The definition <span class="mono">{environment.name}</span>, installed in this order.
        </p>
        <Environment environment={environment} />
        {older.length > 0 && (
          <p>
            <strong>
              {older.length === 1 ? "Seat" : "Seats"} {seatList(older)} {older.length === 1 ? "has" : "have"} the definition
              before.
            </strong>{" "}
            <a href={`/workshops/${id}/definition#plan`}>What a refresh would do</a>
          </p>
        )}
        <div class="buttons">
          <a class="button" href={`/workshops/${id}/definition`}>
            Edit the definition…
          </a>
        </div>
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
      <Connects connections={connections} />
      <Actions actions={actions} />
    </div>
  );
}

function Connects({ connections }: Pick<EnvironmentView, "connections">) {
  if (connections.length === 0) return null;
  return (
    <p class="quieter small">
      Connected: <span class="mono">{connections.map(({ plug, slot }) => `${plug} → ${slot}`).join(", ")}</span>
    </p>
  );
}

/** Run outside of classes. */
function Actions({ actions }: Pick<EnvironmentView, "actions">) {
  if (actions.length === 0) return null;
  return (
    <p class="quieter small">
      Actions for the command line: <span class="mono">{actions.join(", ")}</span>
    </p>
  );
}
