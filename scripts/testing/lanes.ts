import { Glob } from "bun";
import { leadsTo } from "./leads-to.ts";

/** What one process of the runner tests. */
export interface Group {
  name: string;
  /** Files, or one file or folder that somebody asked for. */
  paths: string[];
  kind: Kind;
}

/**
 * `docker`: it needs a lane's Docker daemon, of which each has one. `first`: it needs what only the first lane has, a whole system's Docker, the
 * image of live video, or addresses of the whole computer's. `waiting`: on an emulated cloud, where a class takes a fifth of a processor.
 */
export type Kind = "first" | "docker" | "waiting" | "other";

/** The longest first, so that lanes end at about the same time. */
const ROOMS = ["integration", "agent", "e2e", "cloud", "views", "provision", "gateway", "support", "scripts"];
const WAITING = new Set(["cloud", "provision"]);
const FIRST = /support\/(system|neko\/image|outside)/;
const DOCKER = /support\/dockerd/;
/** A group's, so that none is long and each lane finds something to do until the end. */
const FILES_MOST = 5;

/** Every room's tests, by what they need. */
export async function allGroups(): Promise<Group[]> {
  const groups: Group[] = [];
  for (const room of ROOMS) {
    const files = [...new Glob(`test/${room}/**/*.test.{ts,tsx}`).scanSync()].sort();
    const kinds = await Promise.all(files.map((file) => kindOf(room, file)));
    for (const kind of new Set(kinds)) {
      const all = files.filter((_, i) => kinds[i] === kind);
      const count = Math.ceil(all.length / FILES_MOST);
      const size = Math.ceil(all.length / count);
      for (let i = 0; i < count; i++)
        groups.push({ name: `test/${room} (${kind}, ${i + 1} of ${count})`, paths: all.slice(i * size, (i + 1) * size), kind });
    }
  }
  return groups;
}

async function kindOf(room: string, file: string): Promise<Kind> {
  if (await leadsTo(file, FIRST)) return "first";
  if (await leadsTo(file, DOCKER)) return "docker";
  return WAITING.has(room) ? "waiting" : "other";
}

interface Lane {
  /** What it takes, in this order. */
  kinds: readonly Kind[];
  /** It begins a group only where the others leave a processor free. */
  isSpare?: true;
}

/** By their number, from 1. */
const LANES: readonly Lane[] = [
  { kinds: ["first", "docker", "other"] },
  { kinds: ["waiting", "other"] },
  { kinds: ["other", "docker"] },
  { kinds: ["other", "waiting", "docker"], isSpare: true },
  { kinds: ["docker", "other", "waiting"], isSpare: true },
];
const ON_IMAGES: ReadonlySet<Kind> = new Set(["first", "docker"]);

/** Once they are made; what needs them isn't begun before. */
export interface Images {
  seats: Promise<unknown>;
  /** Live video's stand-in: made by the first lane's Docker daemon, which nobody else has until then. */
  live: Promise<unknown>;
}

/**
 * One lane more than CI has processors, for many tests wait. Where even those leave one free (none on a slow computer, the half on a fast one),
 * spare lanes begin something too: with a fourth at any time, what acts once and waits for what comes of it waited in vain. Each takes its next
 * group when it is done with one.
 * @param hasRoom looks for some seconds whether a processor is free
 */
export async function inLanes(
  groups: readonly Group[],
  images: Images,
  run: (group: Group, lane: number) => Promise<void>,
  hasRoom: () => Promise<boolean>,
): Promise<void> {
  const left = [...groups];
  const take = (kinds: readonly Kind[], haveImages: boolean): Group | undefined => {
    for (const wanted of kinds) {
      const at = left.findIndex(({ kind }) => kind === wanted && (haveImages || !ON_IMAGES.has(kind)));
      if (at >= 0) return left.splice(at, 1)[0];
    }
    return undefined;
  };
  await Promise.all(
    LANES.map(async ({ kinds, isSpare }, i) => {
      let haveImages = false;
      const made = (i === 0 ? images.live : images.seats).then(() => {
        haveImages = true;
      });
      // Making them is work of a lane's own.
      if (kinds[0] && ON_IMAGES.has(kinds[0])) await made;
      const isOver = () => !left.some(({ kind }) => kinds.includes(kind));
      for (;;) {
        while (isSpare && !isOver() && !(await hasRoom()));
        const group = take(kinds, haveImages);
        if (group) await run(group, i + 1);
        else if (!haveImages && !isOver()) await made;
        else return;
      }
    }),
  );
}
