import { Problem } from "../../../contract/errors.ts";
import { FORMAT } from "../../../definition/digest.ts";
import type { Json } from "../../../engine/memory.ts";

/** Layers of the first format were noted without it. */
const FIRST = 1;

/** How layers are built here; what is built otherwise can't be mixed with them. */
export const isOurFormat = (format: number | undefined): boolean => (format ?? FIRST) === FORMAT;

/** @param tasks data of those of a change that waits @throws Problem `STATE_CONFLICT` when an older or newer release began it */
export function requireOurTasks(tasks: readonly Json[]): void {
  const built = tasks.filter(
    (data): data is { place: Json; format?: number } => data !== null && typeof data === "object" && "place" in data,
  );
  if (built.every(({ format }) => isOurFormat(format))) return;
  throw new Problem(
    "STATE_CONFLICT",
    "Another release began this change and builds layers otherwise: give it up, then refresh the seats.",
  );
}

/** @throws Problem `STATE_CONFLICT` when an older or newer release made the seat */
export function requireOurSeat(made: { format?: number } | undefined): void {
  if (isOurFormat(made?.format)) return;
  throw new Problem(
    "STATE_CONFLICT",
    "Another release made this seat, from layers that are built otherwise here: it can't be restored. Refresh it: its work stays.",
  );
}
