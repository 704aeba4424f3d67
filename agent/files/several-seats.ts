import { Problem } from "../contract/errors.ts";
import type { ArchiveFolder } from "../contract/machine.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { openRoot } from "./descriptors.ts";
import { sendArchive } from "./handle.ts";

/**
 * `GET /v1/archive?folders=[{seat, folder}]`: one zip of these seats' work, each in its folder. A gateway asks for one seat at a time, so that
 * it hears which failed; one of an earlier release for all.
 * @param workOf undefined: that seat has none  @throws Problem INVALID_INPUT, UNAVAILABLE when none of them has files here
 */
export function archiveSeats(request: Request, url: URL, workOf: (seat: number) => SeatHandle | undefined): Response {
  const folders = foldersIn(url);
  const sources = folders.flatMap(({ seat, folder }) => {
    const work = workOf(seat);
    return work ? [{ seat: work, folder }] : [];
  });
  if (folders.length === 1) requireFiles(sources[0]?.seat);
  return sendArchive(request, sources, "workshop.zip");
}

/** @throws Problem UNAVAILABLE */
function requireFiles(seat: SeatHandle | undefined): void {
  if (!seat) throw new Problem("UNAVAILABLE", "The machine has no files of this seat.");
  openRoot(seat)[Symbol.dispose]();
}

function foldersIn(url: URL): ArchiveFolder[] {
  const text = url.searchParams.get("folders") ?? "";
  try {
    const folders = JSON.parse(text) as ArchiveFolder[];
    if (folders.every(({ seat, folder }) => Number.isInteger(seat) && typeof folder === "string")) return folders;
  } catch {
    // The same sentence for JSON of another shape.
  }
  throw new Problem("INVALID_INPUT", `"folders" must be a JSON list of {seat, folder}: it is "${text.slice(0, 100)}"`);
}
