import { Glob } from "bun";
import { leadsTo } from "./leads-to.ts";

/** What one process of the runner tests. */
export interface Group {
  name: string;
  /** Files, or one file or folder that somebody asked for. */
  paths: string[];
  /** `docker`: it needs the tests' Docker daemon, of which there is one. `waiting`: on an emulated cloud, where a class takes a fifth of a processor. */
  lane: "docker" | "waiting" | "other";
}

/** The longest first, so that lanes end at about the same time. */
const ROOMS = ["integration", "agent", "e2e", "cloud", "views", "provision", "gateway", "support", "scripts"];
const WAITING = new Set(["cloud", "provision"]);
const DOCKER = /support\/(dockerd|system)/;

/** Every room's tests, in two groups where some of them need Docker. */
export async function allGroups(): Promise<Group[]> {
  const groups: Group[] = [];
  for (const room of ROOMS) {
    const files = [...new Glob(`test/${room}/**/*.test.{ts,tsx}`).scanSync()].sort();
    const needing = await Promise.all(files.map((file) => leadsTo(file, DOCKER)));
    const of = (docker: boolean) => files.filter((_, i) => needing[i] === docker);
    groups.push({ name: `test/${room} with Docker`, paths: of(true), lane: "docker" });
    groups.push({ name: `test/${room}`, paths: of(false), lane: WAITING.has(room) ? "waiting" : "other" });
  }
  return groups.filter(({ paths }) => paths.length > 0);
}

/**
 * Three side by side, for there are two processors and many tests wait. Each takes its next group when it is done with one; the first has all
 * that needs Docker, and then helps the second.
 */
export async function inLanes(groups: readonly Group[], run: (group: Group) => Promise<void>): Promise<void> {
  const left = [...groups];
  const take = (wanted: Group["lane"]): Group | undefined => {
    const at = left.findIndex(({ lane }) => lane === wanted);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const lane = async (next: () => Group | undefined) => {
    for (let group = next(); group; group = next()) await run(group);
  };
  await Promise.all([lane(() => take("docker") ?? take("other")), lane(() => take("other")), lane(() => take("waiting"))]);
}
