import type { LlmReport, LlmState } from "../../../agent/contract/llm.ts";
import { NOTHING_COUNTED, shown, sumOf, worthOf } from "../../../agent/contract/llm-counts.ts";
import type { KeyTrial, LlmReceipt, LlmTrouble, LlmView } from "../../../views/llm.ts";
import type { Held, Seen, Whole } from "../record.ts";
import { machinesOf } from "../resources/machine-row.ts";
import { allSpent, type Spent, spentWith } from "./usage.ts";
import { isPaused, limitOf } from "./wish.ts";

/** From the worst that must be mended to what passes by itself. */
const TROUBLES = ["no-key", "refused", "no-credit", "unreachable", "limited"] as const satisfies LlmTrouble[];

/** What the instructor wants of Claude and how it does, as people see it. Pure. */
export function showLlm(whole: Whole, seen: Seen): LlmView {
  const { llm } = whole.workshop;
  const spent = spentOf(whole, seen);
  const used = allSpent(spent);
  const { seatUsd, workshopUsd, models, paused, permissions, trial } = llm;
  return {
    ...stateOf(whole, seen),
    ...{ models, seatUsd, workshopUsd, paused, permissions },
    ...(trial && { trial }),
    ...shown(used),
    usedUp: workshopUsd !== null && worthOf(used) >= workshopUsd,
    seats: whole.seats.map(({ seat }) => {
      const own = spent[seat] ?? NOTHING_COUNTED;
      const limitUsd = limitOf(llm, seat);
      return { seat, paused: isPaused(llm, seat), limitUsd, usedUp: worthOf(own) >= limitUsd, ...shown(own) };
    }),
  };
}

const spentOf = ({ rows }: Held, seen: Seen): Spent =>
  Object.assign(
    {},
    ...machinesOf(rows).map(({ idx, detail }) => spentWith(detail.spent, (seen(idx).report ?? detail.report)?.llm)),
  );

function stateOf(whole: Whole, seen: Seen): Pick<LlmView, "state" | "message"> {
  const { state, llm } = whole.workshop;
  const trouble = state === "running" ? troubleOf(whole, seen) : troubleOfTrial(state, llm.trial);
  return trouble ?? { state: llm.paused ? "paused" : "ok" };
}

function troubleOf({ rows }: Whole, seen: Seen): ReturnType<typeof stateOf> | undefined {
  const known = machinesOf(rows).map(({ idx, detail }) => {
    const llm = (seen(idx).report ?? detail.report)?.llm;
    // Handed over, or not yet: what a machine without it says of the upstream is nothing.
    if (llm && detail.keyProblem) return { state: "no-key" as const, message: detail.keyProblem };
    return llm;
  });
  const reports = known.filter((one): one is LlmReport => one !== undefined);
  const worst = TROUBLES.find((trouble) => reports.some(({ state }) => state === trouble));
  const message = reports.find(({ state }) => state === worst)?.message;
  return worst && { state: worst, ...(message && { message }) };
}

/** Before a machine runs, what the trial said is all that is known. */
function troubleOfTrial(state: string, trial: KeyTrial | undefined): ReturnType<typeof stateOf> | undefined {
  if (state === "stopping" || state === "stopped") return { state: "no-key" };
  if (trial?.is !== "refused" && trial?.is !== "unreachable") return undefined;
  return { state: trial.is satisfies LlmState, message: trial.said };
}

/** For the receipt: what all machines counted to their end. Undefined: nobody asked Claude anything. */
export function llmReceiptOf(held: Held): LlmReceipt | undefined {
  const spent = spentOf(held, () => ({ report: undefined, answers: false }));
  const asked = Object.entries(spent).filter(([, { requests }]) => requests > 0);
  if (asked.length === 0) return undefined;
  return {
    ...shown(sumOf(asked.map(([, used]) => used))),
    seats: asked.map(([seat, used]) => ({ seat: Number(seat), ...shown(used) })),
  };
}
