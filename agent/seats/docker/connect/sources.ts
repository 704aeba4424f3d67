import { closeSync, readlinkSync } from "node:fs";
import { Problem } from "../../../contract/errors.ts";
import { openStraight } from "./mount-calls.ts";

/**
 * A directory of the machine's that an operator wants in a seat. No link is followed on the way, for whoever may write in one of them could
 * lead the seat to another directory of these by it. It is opened first and then asked where it is.
 * @param allowed the agent's setting: whoever may ask for connections isn't root here @returns a descriptor @throws Problem INVALID_INPUT
 */
export function openSource(path: string, allowed: readonly string[]): number {
  const opened = openDirectory(path);
  const real = readlinkSync(`/proc/self/fd/${opened}`);
  if (allowed.some((place) => real === place || real.startsWith(`${place}/`))) return opened;
  closeSync(opened);
  const where = allowed.length > 0 ? `Take one below ${allowed.join(", ")}, or name` : "Name";
  throw new Problem(
    "INVALID_INPUT",
    `No seat may have "${path}" of this machine. ${where} its place in CLARATEACH_MOUNT_SOURCES and start the agent again.`,
  );
}

function openDirectory(path: string): number {
  if (!path.startsWith("/")) throw new Problem("INVALID_INPUT", `"${path}" isn't an absolute path, such as "/srv/data".`);
  try {
    return openStraight(path);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ELOOP") throw throughLink(path, cause);
    const why = (cause as { code?: unknown }).code === "ENOTDIR" ? "is no directory" : "isn't there";
    throw new Problem("INVALID_INPUT", `"${path}" ${why} on this machine. Make it first: mkdir -p "${path}".`, { cause });
  }
}

function throughLink(path: string, cause: unknown): Problem {
  const said = `A link is on the way to "${path}", and whoever may change that could lead the seat elsewhere.`;
  return new Problem("INVALID_INPUT", `${said} Name the directory by its real path: realpath "${path}".`, { cause });
}
