import type { Secrets } from "../../../provision/cloud.ts";
import { NOTHING } from "../counts.ts";
import type { ActionKind, Outcome, Resource } from "../resource.ts";

/** The secret store answers at once, or it is away. */
const CALL_MS = 10_000;

/** The sealed LLM key: put when the workshop is made, so that here it is only looked for and destroyed. */
export async function actOnSecret(secrets: Secrets, row: Resource, kind: ActionKind): Promise<Outcome> {
  const signal = AbortSignal.timeout(CALL_MS);
  if (kind === "remove") {
    await secrets.remove(row.name, { signal });
    return { kind: "removed", counts: NOTHING };
  }
  return { kind: "lookedSecret", exists: await secrets.exists(row.name, { signal }), check: kind === "check" };
}
