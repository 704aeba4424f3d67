import { type FSWatcher, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { FRONT_FILE, FrontDocument } from "../contract/front.ts";

/** The kernel tells of every change; what it may have missed is seen after this. */
const LOOK_MS = 2000;

/** @throws with a sentence when there is none, or it is none */
export function readWish(directory: string): FrontDocument {
  const path = join(directory, FRONT_FILE);
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (Value.Check(FrontDocument, value)) return value;
  const first = Value.Errors(FrontDocument, value).First();
  throw new Error(`"${path}" is wrong at "${first?.path ?? "/"}": ${first?.message ?? "it has another shape"}`);
}

/** Calls `apply` with every wish that comes, also with the same one again. @returns ends it */
export function followWish(
  directory: string,
  apply: (wish: FrontDocument) => void,
  trouble: (error: unknown) => void,
): () => void {
  const look = () => {
    try {
      apply(readWish(directory));
    } catch (error) {
      trouble(error);
    }
  };
  // The directory: the file itself is another one after each change.
  const watcher: FSWatcher = watch(directory, (_, name) => {
    if (name === null || name === FRONT_FILE) look();
  });
  const timer = setInterval(look, LOOK_MS);
  return () => {
    watcher.close();
    clearInterval(timer);
  };
}
