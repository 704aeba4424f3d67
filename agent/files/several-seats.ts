import { Problem } from "../contract/errors.ts";
import type { ArchiveFolder } from "../contract/machine.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { sendArchive } from "./handle.ts";

/**
 * `GET /v1/archive?folders=[{seat, folder}]`: one zip of several seats' work, each in its folder.
 * @param workOf undefined: that seat has none, and is left out  @throws Problem INVALID_INPUT
 */
export function archiveSeats(request: Request, url: URL, workOf: (seat: number) => SeatHandle | undefined): Response {
  const sources = foldersIn(url).flatMap(({ seat, folder }) => {
    const work = workOf(seat);
    return work ? [{ seat: work, folder }] : [];
  });
  return sendArchive(request, sources, "workshop.zip");
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
