import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import { parseSeatName, seatName } from "../../contract/seats.ts";

/** Where everything of one seat is. */
export interface Place {
  seat: number;
  /** `CLARATEACH_SEAT` of its processes: how they are found again. */
  mark: string;
  /** `seats/04` in the machine's directory, with all below. */
  root: string;
  workspace: string;
  home: string;
  /** What the Claude CLI of the home was set to last: what differs there now, the learner changed. */
  claudeSettings: string;
  /** A starter archive is unpacked here, then takes the workspace's place. */
  unpacking: string;
  /** Short, for sockets. */
  run: string;
  tmuxSocket: string;
  tmuxConfig: string;
  /** `TMPDIR`: what programs leave there goes with the seat. Short too, programs make sockets in it. */
  temporary: string;
  /** Its parent, when that isn't `run`. */
  temporaryRoot: string;
}

export interface Places {
  seats: string;
  of(seat: number): Place;
  /** Seats with a directory of any kind. */
  found(): number[];
  /** Makes the directories for sockets. @throws Problem when they belong to somebody else */
  makeRun(place: Place): void;
  /** Takes away parents that became empty. */
  tidy(): void;
}

/** A unix socket's path has at most 107 bytes; the longest name in there is `/tmux.sock`, rooms have 17 for theirs. */
const RUN_LIMIT = 90;

/** @param directory the machine's  @param short its runtime directories, best first; the last one is in /tmp */
export function placesOf(directory: string, machine: string, short: readonly string[]): Places {
  const seats = join(directory, "seats");
  const usable = short.filter((path) => existsSync(join(path, "../..")) && Buffer.byteLength(join(path, "00")) <= RUN_LIMIT);
  const base = usable[0];
  const temporaryBase = usable.at(-1);
  if (!base || !temporaryBase)
    throw new Problem(
      "INVALID_INPUT",
      `the machine's name "${machine}" is too long: "${short.at(-1)}" leaves no room for sockets`,
    );
  const of = (seat: number): Place => {
    const name = seatName(seat);
    const root = join(seats, name);
    const run = join(base, name);
    const temporaryRoot = join(temporaryBase, name);
    return {
      ...{ seat, root, run, temporaryRoot, mark: `${machine}/${name}` },
      workspace: join(root, "workspace"),
      home: join(root, "home"),
      claudeSettings: join(root, "claude.json"),
      unpacking: join(root, "unpacking"),
      tmuxSocket: join(run, "tmux.sock"),
      tmuxConfig: join(run, "tmux.conf"),
      temporary: join(temporaryRoot, "tmp"),
    };
  };
  const parents = [...new Set([seats, ...short])];
  return {
    seats,
    of,
    found: () => [...new Set(parents.flatMap(seatsIn))].sort((a, b) => a - b),
    makeRun(place) {
      for (const end of new Set([place.run, place.temporaryRoot])) makeOwnWithParents(end);
      makeOwn(place.temporary);
    },
    tidy: () => [...parents, ...short.map((path) => join(path, ".."))].forEach(removeEmpty),
  };
}

function seatsIn(parent: string): number[] {
  try {
    return readdirSync(parent).flatMap((name) => parseSeatName(name) ?? []);
  } catch {
    return [];
  }
}

/** Another seat's removal may take an empty parent away between two calls: then once more, from the top. */
function makeOwnWithParents(path: string): void {
  for (let tries = 3; ; tries--) {
    try {
      for (const one of [join(path, "../.."), join(path, ".."), path]) makeOwn(one);
      return;
    } catch (error) {
      if (tries === 1 || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** /tmp is everybody's: a directory somebody else put there first would give him our sockets. */
function makeOwn(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const is = lstatSync(path);
  if (!is.isDirectory() || is.uid !== process.getuid?.() || (is.mode & 0o077) !== 0)
    throw new Problem("UNAVAILABLE", `"${path}" isn't a directory of ours alone (mode 700); remove it, then start again`);
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Others still use it.
  }
}
