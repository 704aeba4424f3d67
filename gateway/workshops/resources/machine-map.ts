import { editedRecordOf, NOBODY, RECORD, SEATS_MAP, seatsMapOf } from "../metadata.ts";
import type { Whole } from "../record.ts";
import type { Outcome } from "../resource.ts";
import type { Subject } from "../subject.ts";
import type { CallTools } from "./kind.ts";
import type { MachineDetail, MachineRow } from "./machine-row.ts";

/** A copy that only a gateway without its database reads mustn't hold up the class. */
const MAP_MS = 5000;

/** Whether its cloud is to be told now who sits where, or of another definition. */
export function needsSeatsMap(
  { idx, detail: { seatsMap = NOBODY, seatsMapWaits, edited } }: MachineRow,
  { seatsMaps }: Subject,
): boolean {
  const map = seatsMaps?.[idx];
  return map !== undefined && (map !== seatsMap || edited === true) && !seatsMapWaits;
}

/** Never fails: what it says is in the database, too. */
export async function writeSeatsMap(
  { cloud }: CallTools,
  { workshop, learners }: Whole,
  row: MachineRow,
): Promise<Outcome<MachineDetail>> {
  const seatsMap = seatsMapOf(learners, row.idx);
  const detail = { ...row.detail, seatsMapWaits: true as const };
  const { edited, ...written } = detail;
  const metadata = { [SEATS_MAP]: seatsMap, ...(edited && { [RECORD]: editedRecordOf(workshop) }) };
  try {
    await cloud.machines.write?.(row.name, metadata, { signal: AbortSignal.timeout(MAP_MS) });
    return { kind: "learned", detail: { ...written, seatsMap } };
  } catch (cause) {
    return { kind: "learned", detail, warning: cause instanceof Error ? cause.message : String(cause) };
  }
}
