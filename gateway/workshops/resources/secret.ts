import { Problem } from "../../../agent/contract/errors.ts";
import type { Detail, Found } from "../resource.ts";
import { keyNeededUntil, secretName } from "../workshop.ts";
import { CHECK_STEP, type ResourceKind, type Step } from "./kind.ts";

/** The secret store answers at once, or it is away. */
const CALL_MS = 10_000;

const UNSEAL: Step<never> = { key: "secret", summary: "Unseal the API key", actions: ["look"] };
const DESTROY: Step<never> = { key: "destroy", summary: "Destroy the sealed API key", actions: ["remove"] };

interface SecretDetail extends Detail {
  /** Its end as it was moved last, milliseconds since 1970. */
  keptUntil?: number;
}

const FOUND: Record<"sealed" | "empty" | "nothing", Found<SecretDetail> | undefined> = {
  sealed: { status: "present" },
  empty: { status: "broken", problem: "It has no value" },
  nothing: undefined,
};

/** The sealed LLM key: put when the workshop is made, so that here it is only looked for and destroyed. */
export const secret: ResourceKind<SecretDetail, "keep"> = {
  belongsTo: "record",
  names: ({ id }) => [secretName(id)],
  isReady: ({ observed }) => observed === "present",
  whyFailed: ({ observed }) =>
    ["absent", "broken"].includes(observed) ? "The sealed API key is gone. Make a new workshop." : undefined,
  // Only of a class that runs: one whose start failed may be started again much later.
  make: ({ detail }, { keyNeededUntil }) =>
    keyNeededUntil === undefined || detail.keptUntil === keyNeededUntil ? undefined : ["keep", 0],
  unmake: () => ["remove", 0],
  kept: () => ({}),
  startSteps: () => [UNSEAL],
  // Of a workshop that never started it is all there was.
  stopSteps: (_, { attempt }) => (attempt === 0 ? [DESTROY, CHECK_STEP] : [DESTROY]),
  call: async ({ cloud: { secrets } }, { workshop }, row, action) => {
    const signal = AbortSignal.timeout(CALL_MS);
    if (action === "keep") {
      const keptUntil = keyNeededUntil(workshop);
      if (keptUntil === undefined) throw new Problem("STATE_CONFLICT", `The workshop ${workshop.id} has no end any more.`);
      await secrets.keepUntil?.(row.name, keptUntil, { signal });
      return { kind: "learned", detail: { ...row.detail, keptUntil } };
    }
    if (action !== "remove") return { kind: "looked", found: FOUND[(await secrets.find(row.name, { signal })) ?? "nothing"] };
    await secrets.remove(row.name, { signal });
    return { kind: "removed", detail: row.detail };
  },
};
