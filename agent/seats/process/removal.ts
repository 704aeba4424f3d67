import { existsSync, lstatSync, readdirSync } from "node:fs";
import type { Leftovers } from "../../contract/machine.ts";
import type { Place, Places } from "./place.ts";
import { run } from "./programs.ts";

/** Programs of the base system only: a learner's PATH has no say in what removes. */
const TOOLS = { cwd: "/", env: { PATH: "/usr/bin:/bin", LANG: "C" } };

type Files = Omit<Leftovers, "processes">;

/** What there is of these seats' files. Counting bytes is left to `du`: a seat with 100,000 files would hold the agent up. */
export async function countFiles(places: readonly Place[], signal?: AbortSignal): Promise<Files> {
  const directories = places.flatMap(directoriesOf);
  const sockets = places.reduce((sum, place) => sum + socketsIn(place.run), 0);
  return { directories: directories.length, sockets, bytes: await bytesIn(directories, signal) };
}

/** Also what its owner made unreadable or unwritable (module caches are). @throws what couldn't be removed */
export async function removeFiles(place: Place, places: Places, signal?: AbortSignal): Promise<void> {
  const directories = directoriesOf(place);
  if (directories.length > 0) {
    const first = await run(["rm", "-rf", "--one-file-system", "--", ...directories], { ...TOOLS, signal });
    if (first.code !== 0) await removeLocked(directoriesOf(place), signal);
  }
  places.tidy();
}

async function removeLocked(directories: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  await run(["chmod", "-R", "u+rwX", "--", ...directories], { ...TOOLS, signal });
  const done = await run(["rm", "-rf", "--one-file-system", "--", ...directories], { ...TOOLS, signal });
  if (done.code !== 0) throw new Error(`cannot remove "${directories.join('", "')}": ${done.stderr.trim().split("\n")[0]}`);
}

const directoriesOf = (place: Place): string[] => [...new Set([place.root, place.run, place.temporaryRoot])].filter(existsSync);

function socketsIn(directory: string): number {
  try {
    return readdirSync(directory).filter((name) => lstatSync(`${directory}/${name}`).isSocket()).length;
  } catch {
    return 0;
  }
}

async function bytesIn(directories: readonly string[], signal: AbortSignal | undefined): Promise<number> {
  if (directories.length === 0) return 0;
  const done = await run(["du", "-sbxc", "--", ...directories], { ...TOOLS, signal, tail: true });
  return Number(/^(\d+)\ttotal$/m.exec(done.stdout)?.[1] ?? 0);
}
