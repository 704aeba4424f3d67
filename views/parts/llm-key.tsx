import { dollars } from "../client/shared/money.ts";
import type { KeyTrial, LlmView } from "../llm.ts";
import type { ShownWorkshop } from "../workshop.ts";

/** How a key did when it was tried, beside the field that it was typed in. */
export const trialSentence = (trial: KeyTrial | { problem: string }): string =>
  "problem" in trial ? trial.problem : TRIAL[trial.is](trial.said);

const TRIAL: Record<KeyTrial["is"], (said: string) => string> = {
  good: (said) => `This key works: ${said}.`,
  refused: (said) => `This key is refused: ${said}. Copy it again from where you made it. It can be replaced later, too.`,
  unreachable: (said) => `This key could not be tried: ${said}. Nothing waits for that; the class’s page will say how it does.`,
  unknown: (said) => `${said}, which tells nothing of the key. The first request will.`,
};

/** Among the facts of a class that doesn't run yet. */
export function ClaudeFacts({ workshop: { id, llm } }: { workshop: ShownWorkshop }) {
  return (
    <>
      <div>
        <dt>API key</dt>
        <dd>{keyFact(llm)}</dd>
      </div>
      <div>
        <dt>Claude</dt>
        <dd>
          up to {dollars(llm.seatUsd)} a seat
          {llm.workshopUsd !== null && `, ${dollars(llm.workshopUsd)} in all`} ·{" "}
          <a href={`/workshops/${id}/claude`}>Caps, models and key</a>
        </dd>
      </div>
    </>
  );
}

function keyFact({ trial, state }: LlmView): string {
  if (state === "no-key") return "destroyed";
  if (!trial) return "sealed";
  return { good: "sealed; it works", refused: "sealed, but refused", unreachable: "sealed, not tried", unknown: "sealed" }[
    trial.is
  ];
}
