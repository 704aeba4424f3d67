import { Problem } from "../../../agent/contract/errors.ts";
import type { Whole } from "../record.ts";
import type { Outcome } from "../resource.ts";
import type { Subject } from "../subject.ts";
import { secretName } from "../workshop.ts";
import type { CallTools } from "./kind.ts";
import { addressOf, asked, type MachineDetail, type MachineRow } from "./machine-row.ts";

/** The secret store and the machine answer at once, or they are away. */
const KEY_MS = 2000;

/** Whether it is to be handed over now. An agent holds the key in its memory only. */
export function needsKey({ report, key, keyWaits }: MachineDetail, { keyVersion }: Subject): boolean {
  if (!report?.llm || keyWaits) return false;
  return report.llm.state === "no-key" || key?.version !== keyVersion || key.agent !== report.startedAt;
}

/** Never fails: whether Claude answers is no part of whether the class can begin. */
export async function handOver(
  { agents, cloud }: CallTools,
  { workshop }: Whole,
  row: MachineRow,
): Promise<Outcome<MachineDetail>> {
  const { keyProblem: _, ...known } = row.detail;
  try {
    const apiKey = await cloud.secrets.get(secretName(workshop.id), { signal: AbortSignal.timeout(KEY_MS) });
    if (apiKey === undefined) throw new Problem("NOT_FOUND", "the sealed API key is gone");
    await agents.putKey(addressOf(row), apiKey, KEY_MS);
    const report = await agents.report(addressOf(row), KEY_MS);
    const key = { version: workshop.llm.keyVersion, agent: report.startedAt };
    return { kind: "learned", detail: { ...asked(known, report, Date.now()), key }, report };
  } catch (cause) {
    const keyProblem = cause instanceof Error ? cause.message : String(cause);
    return { kind: "learned", detail: { ...known, keyProblem, keyWaits: true } };
  }
}
