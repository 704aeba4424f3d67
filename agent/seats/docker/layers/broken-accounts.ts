import { lstat } from "node:fs/promises";
import { join } from "node:path";

/** A line each; a directory service's users don't stand there. */
const ACCOUNTS_LIMIT = 1024 ** 2;

/**
 * Docker itself opens these files of an image when it starts a container: a named pipe there holds it up for good, and that container can
 * neither be started nor removed any more.
 * @param upper what a builder changed, as it lies on the machine @returns a sentence; undefined: they are files
 */
export async function brokenAccounts(upper: string): Promise<string | undefined> {
  for (const name of ["passwd", "group"]) {
    const file = await lstat(join(upper, "etc", name)).catch(() => undefined);
    if (file && (!file.isFile() || file.size > ACCOUNTS_LIMIT))
      return `setup-base left no /etc/${name} that is a file of at most ${ACCOUNTS_LIMIT} bytes. Add users and groups with useradd and groupadd.`;
  }
  return undefined;
}
