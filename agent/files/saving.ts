import { type BigIntStats, constants, fchmodSync, fchownSync, linkSync, renameSync, unlinkSync } from "node:fs";
import { Problem } from "../contract/errors.ts";
import { EDITOR_LIMIT, UPLOAD_LIMIT } from "../contract/files.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { flush, writeAll } from "./bytes.ts";
import type { Pieces } from "./content.ts";
import { Descriptor, look, openFile, openRoot, settle } from "./descriptors.ts";
import { makePlace, type Place } from "./folders.ts";
import type { WorkspacePath } from "./paths.ts";
import { codeOf } from "./refusals.ts";
import { openBeneath, SystemError } from "./syscalls.ts";
import { temporaryName } from "./temporary.ts";
import { Queues } from "./turns.ts";
import { names, versionBySize, versionOf, versionOfHash } from "./version.ts";

const { O_WRONLY, O_CREAT, O_EXCL } = constants;
const NEW_FILE_MODE = 0o644;
const PERMISSIONS = 0o777n;
const OWNER_WRITES = 0o200n;

/** `If-Match` and `If-None-Match`, as sent. */
export interface Condition {
  match: string | null;
  noneMatch: string | null;
}

/** Two tabs that save the same file at once: the second's condition is looked at after the first is done. */
const finishing = new Queues();

/**
 * Puts a file's new content in its place at once: readers see the old or the new, never a part. Mode and owner stay; folders that are
 * missing are made. Whatever fails leaves the old content and no temporary file.
 * @returns the new version  @throws Problem CONFLICT when the condition doesn't hold, TOO_LARGE over `UPLOAD_LIMIT`; SystemError
 */
export async function save(seat: SeatHandle, path: WorkspacePath, content: Pieces, condition: Condition): Promise<string> {
  using root = openRoot(seat);
  const settled = settle(root, path);
  const place = makePlace(root, seat, path, settled);
  using _parent = place.parent;
  await refuseOther(path, place, existing(place), condition);
  const name = temporaryName();
  const temporary = place.parent.at(name);
  using file = new Descriptor(openBeneath(place.parent.fd, name, O_WRONLY | O_CREAT | O_EXCL, 0o600));
  try {
    const version = await fill(file, content, path);
    await finishing.run(`${seat.workspace}\0${path.text}`, () => putInPlace(seat, path, place, { file, temporary }, condition));
    return version ?? versionBySize(file.stat());
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** @returns the version, when it can be told from what was written */
async function fill(file: Descriptor, content: Pieces, path: WorkspacePath): Promise<string | undefined> {
  const hash = new Bun.CryptoHasher("sha256");
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > UPLOAD_LIMIT) throw tooLarge(path.text);
    if (size <= EDITOR_LIMIT) hash.update(piece);
    await writeAll(file, piece);
  }
  await flush(file);
  return size <= EDITOR_LIMIT ? versionOfHash(hash) : undefined;
}

async function putInPlace(
  { owner }: SeatHandle,
  path: WorkspacePath,
  place: Place,
  { file, temporary }: { file: Descriptor; temporary: Buffer },
  condition: Condition,
): Promise<void> {
  await refuseOther(path, place, existing(place), condition);
  const before = existing(place);
  if (process.geteuid?.() === 0) fchownSync(file.fd, Number(before?.uid ?? owner.uid), Number(before?.gid ?? owner.gid));
  // After the owner: giving a file away may take bits from its mode.
  fchmodSync(file.fd, before ? Number(before.mode & PERMISSIONS) : NEW_FILE_MODE);
  const target = place.parent.at(place.name);
  if (condition.noneMatch === null) renameSync(temporary, target);
  else linkNew(temporary, target, path);
  await flush(place.parent);
}

/** Unlike a rename, a link never replaces what appeared since the look. */
function linkNew(temporary: Buffer, target: Buffer, path: WorkspacePath): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? alreadyThere(path.text) : error;
  }
  unlinkSync(temporary);
}

/** What stands there now. @throws SystemError when it is something a save must not replace */
function existing({ parent, name }: Place): BigIntStats | undefined {
  const stats = look(parent, name);
  if (!stats) return undefined;
  if (stats.isDirectory()) throw new SystemError("EISDIR", "save");
  if (stats.isSymbolicLink()) throw new SystemError("ELOOP", "save");
  if (!stats.isFile()) throw new SystemError("ENXIO", "save");
  if ((stats.mode & OWNER_WRITES) === 0n) throw new SystemError("EACCES", "save");
  return stats;
}

async function refuseOther(
  path: WorkspacePath,
  place: Place,
  before: BigIntStats | undefined,
  condition: Condition,
): Promise<void> {
  const { match, noneMatch } = condition;
  if (noneMatch === "*" && before) throw alreadyThere(path.text);
  if (match === null) return;
  if (!before)
    throw new Problem(
      "CONFLICT",
      `"${path.text}" was deleted or renamed since it was opened: save it anew, or under another name.`,
    );
  if (match.trim() === "*") return;
  using file = openFile(place.parent, [place.name]);
  if (names(match, await versionOf(file))) return;
  throw new Problem(
    "CONFLICT",
    `"${path.text}" was changed by another program since it was opened: compare the two, then save again.`,
  );
}

function alreadyThere(shown: string): Problem {
  return new Problem("CONFLICT", `"${shown}" already exists: open it, or choose another name.`);
}

export function tooLarge(shown: string): Problem {
  return new Problem(
    "TOO_LARGE",
    `"${shown}" is larger than ${UPLOAD_LIMIT / 2 ** 20} MB, the most one upload may have: pack it, or fetch it in the terminal.`,
  );
}

function removeQuietly(temporary: Buffer): void {
  try {
    unlinkSync(temporary);
  } catch {
    // It was renamed already, or the learner removed it: either way it is gone.
  }
}
