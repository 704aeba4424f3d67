import type { ChangesMade } from "../contract/api.ts";
import type { Change } from "../engine/change.ts";

/** 202 with what does it, or 200 when nothing differs. */
export function changesMade(made: readonly Pick<Change, "id">[]): Response {
  const changes = made.map(({ id }) => String(id));
  if (changes.length > 0) return Response.json({ changes } satisfies ChangesMade, { status: 202 });
  return Response.json({ changes, message: "No updates." } satisfies ChangesMade);
}
