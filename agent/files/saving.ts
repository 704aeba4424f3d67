import { type BigIntStats, constants, fchmod, fchown, open } from "node:fs";
import { link, rename, unlink } from "node:fs/promises";
import { promisify } from "node:util";
import { Problem } from "../contract/errors.ts";
import { EDITOR_LIMIT, UPLOAD_LIMIT } from "../contract/files.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { O_CLOEXEC, SystemError } from "../system-calls.ts";
import { flush, writeAll } from "./bytes.ts";
import { Descriptor, look, openFile, openRoot, settle } from "./descriptors.ts";
import { makeTarget, type Target } from "./folders.ts";
import type { WorkspacePath } from "./paths.ts";
import { codeOf } from "./refusals.ts";
import { temporaryName } from "./temporary.ts";
import { Queues } from "./turns.ts";
import { names, versionBySize, versionOf, versionOfHash } from "./version.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** Its directory is open, and a link of that name is refused: nothing is followed. */
const NEW_FILE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
const [openAsync, fchownAsync, fchmodAsync] = [promisify(open), promisify(fchown), promisify(fchmod)];
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
export async function save(seat: SeatHandle, path: WorkspacePath, content: Content, condition: Condition): Promise<string> {
  using root = openRoot(seat);
  const target = await makeTarget(root, seat, path, settle(root, path));
  using parent = target.parent;
  await refuseOther(path, target, existing(target), condition);
  const temporary = parent.at(temporaryName());
  try {
    return await saveBy(temporary, seat, path, target, content, condition);
  } catch (error) {
    // Renamed already, or removed by the learner: either way it is gone.
    await parent.disk.run(() => unlink(temporary)).catch(() => {});
    throw error;
  }
}

/** A file's bytes. */
type Content = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

async function saveBy(
  temporary: Buffer,
  seat: SeatHandle,
  path: WorkspacePath,
  target: Target,
  content: Content,
  condition: Condition,
): Promise<string> {
  const { disk } = target.parent;
  await using file = new Descriptor(await disk.run(() => openAsync(temporary, NEW_FILE, 0o600)), disk);
  const version = await fill(file, content, path);
  await finishing.run(`${seat.workspace}\0${path.text}`, () => putInPlace(seat, path, target, { file, temporary }, condition));
  return version ?? versionBySize(file.stat());
}

/** @returns the version, when it can be told from what was written */
async function fill(file: Descriptor, content: Content, path: WorkspacePath): Promise<string | undefined> {
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
  target: Target,
  { file, temporary }: { file: Descriptor; temporary: Buffer },
  condition: Condition,
): Promise<void> {
  await refuseOther(path, target, existing(target), condition);
  const { parent, name } = target;
  const before = existing(target);
  const [uid, gid] = [Number(before?.uid ?? owner.uid), Number(before?.gid ?? owner.gid)];
  if (process.geteuid?.() === 0) await parent.disk.run(() => fchownAsync(file.fd, uid, gid));
  // After the owner: giving a file away may take bits from its mode.
  const mode = before ? Number(before.mode & PERMISSIONS) : NEW_FILE_MODE;
  await parent.disk.run(() => fchmodAsync(file.fd, mode));
  await parent.disk.run(() =>
    condition.noneMatch === null ? rename(temporary, parent.at(name)) : linkNew(temporary, parent.at(name), path),
  );
  await flush(parent);
}

/** Unlike a rename, a link never replaces what appeared since the look. */
async function linkNew(temporary: Buffer, target: Buffer, path: WorkspacePath): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? alreadyThere(path.text) : error;
  }
  await unlink(temporary);
}

/** What stands there now. @throws SystemError when it is something a save must not replace */
function existing({ parent, name }: Target): BigIntStats | undefined {
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
  target: Target,
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
  await using file = openFile(target.parent, [target.name]);
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
