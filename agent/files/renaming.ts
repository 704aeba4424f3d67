import { Problem } from "../contract/errors.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { openRoot, settle } from "./descriptors.ts";
import { openPlace } from "./folders.ts";
import type { WorkspacePath } from "./paths.ts";
import { codeOf, refusal } from "./refusals.ts";
import { renameNoReplace } from "./syscalls.ts";

/** Moves a file, folder or link; what stands at the target is never replaced. @throws Problem naming the path it is about */
export function rename(seat: SeatHandle, from: WorkspacePath, to: WorkspacePath): void {
  using root = openRoot(seat);
  const source = about(from, () => openPlace(root, from, settle(root, from)));
  using _above = source.parent;
  const target = about(to, () => openPlace(root, to, to.names));
  using _below = target.parent;
  try {
    renameNoReplace(source.parent.fd, source.name, target.parent.fd, target.name);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new Problem("STATE_CONFLICT", `"${to.text}" already exists: choose another name.`);
    throw refusal(error, from.text);
  }
}

function about<T>(path: WorkspacePath, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw refusal(error, path.text);
  }
}
