import type { Detail } from "../resource.ts";
import { secretName } from "../workshop.ts";
import { CHECK_STEP, type ResourceKind, type Step } from "./kind.ts";

/** The secret store answers at once, or it is away. */
const CALL_MS = 10_000;

const UNSEAL: Step<never> = { key: "secret", summary: "Unseal the API key", actions: ["look"] };
const DESTROY: Step<never> = { key: "destroy", summary: "Destroy the sealed API key", actions: ["remove"] };

/** The sealed LLM key: put when the workshop is made, so that here it is only looked for and destroyed. */
export const secret: ResourceKind<Detail, never> = {
  belongsTo: "record",
  names: ({ id }) => [secretName(id)],
  isReady: ({ observed }) => observed === "present",
  whyFailed: ({ observed }) => (observed === "absent" ? "The sealed API key is gone. Make a new workshop." : undefined),
  make: () => undefined,
  unmake: () => ["remove", 0],
  kept: () => ({}),
  startSteps: () => [UNSEAL],
  // Of a workshop that never started it is all there was.
  stopSteps: (_, { attempt }) => (attempt === 0 ? [DESTROY, CHECK_STEP] : [DESTROY]),
  call: async ({ cloud: { secrets } }, _, row, action) => {
    const signal = AbortSignal.timeout(CALL_MS);
    if (action !== "remove")
      return { kind: "looked", found: (await secrets.exists(row.name, { signal })) ? { status: "present" } : undefined };
    await secrets.remove(row.name, { signal });
    return { kind: "removed", detail: row.detail };
  },
};
