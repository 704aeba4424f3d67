import { LEARNER, PROJECT, WORKSPACE } from "../../names.ts";

type Place = "workspace" | "home" | "tmp";
const PLACE_OF: Readonly<Record<string, Place>> = {
  [WORKSPACE]: "workspace",
  [PROJECT]: "workspace",
  [LEARNER.home]: "home",
  "/tmp": "tmp",
};

/** Where in a seat a socket with a path may be: on the seat's disk, and the learner's. */
export const PLACES: readonly string[] = Object.keys(PLACE_OF);

/** Undefined for a path that is elsewhere. */
export function insideOf(path: string): { place: Place; rest: string } | undefined {
  for (const [top, place] of Object.entries(PLACE_OF))
    if (path.startsWith(`${top}/`)) return { place, rest: path.slice(top.length + 1) };
  return undefined;
}
