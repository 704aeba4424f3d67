import { type ErrorCode, Problem } from "../contract/errors.ts";

/**
 * A full disk is TOO_LARGE and not UNAVAILABLE: pages try again by themselves after a 503, and here that is no use until someone deletes.
 */
const FULL: [ErrorCode, string] = [
  "TOO_LARGE",
  "doesn't fit: this seat's disk is full, and what was there before is unchanged. Delete something, then try again.",
];
const LINK: [ErrorCode, string] = [
  "FORBIDDEN",
  "is a symbolic link or leads through one: links are not followed here. Use the path it points to.",
];
const NOT_ALLOWED: [ErrorCode, string] = [
  "FORBIDDEN",
  "is protected: change its permissions in the terminal (chmod), then try again.",
];
const BUSY: [ErrorCode, string] = ["UNAVAILABLE", "is being changed by another program right now: try again."];

const REFUSALS: Record<string, [ErrorCode, string]> = {
  ENOENT: ["NOT_FOUND", "doesn't exist (any more)."],
  ESTALE: ["NOT_FOUND", "doesn't exist (any more)."],
  ENOTDIR: ["NOT_FOUND", "doesn't exist: a part of the path is a file, not a folder."],
  ELOOP: LINK,
  EXDEV: ["FORBIDDEN", "is on another disk or outside the workspace: it can't be reached or moved from here."],
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: ["FORBIDDEN", "is on a disk that can't be written."],
  ENXIO: ["FORBIDDEN", "is neither a file nor a folder (a pipe, socket or device): it can't be opened here."],
  ENODEV: ["FORBIDDEN", "is neither a file nor a folder (a pipe, socket or device): it can't be opened here."],
  EISDIR: ["STATE_CONFLICT", "is a folder, not a file."],
  EEXIST: ["STATE_CONFLICT", "already exists: choose another name."],
  ENOTEMPTY: ["STATE_CONFLICT", "is a folder that isn't empty."],
  EBUSY: ["STATE_CONFLICT", "is in use by the system and can't be moved or deleted."],
  EINVAL: ["STATE_CONFLICT", "can't be moved there: a folder can't go into itself."],
  ENAMETOOLONG: ["INVALID_INPUT", "is too long: choose a shorter name."],
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EAGAIN: BUSY,
  ETXTBSY: BUSY,
  EMFILE: ["UNAVAILABLE", "can't be opened now: too many files are open on this machine. Try again in a moment."],
  ENFILE: ["UNAVAILABLE", "can't be opened now: too many files are open on this machine. Try again in a moment."],
};

/** What the kernel said about a path, as a Problem for people; anything else is passed on as it is. */
export function refusal(error: unknown, path: string): unknown {
  const known = REFUSALS[codeOf(error)];
  return known ? new Problem(known[0], `${JSON.stringify(path)} ${known[1]}`, { cause: error }) : error;
}

/** "ENOENT" and the like; empty for errors that are not the kernel's. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
