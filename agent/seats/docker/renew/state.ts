import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runsAs } from "../container/container.ts";
import { runHooks } from "../container/seat-hooks.ts";
import { madeOf } from "../made.ts";
import { STATE_INSIDE } from "../names.ts";
import type { SeatTask } from "../seat-task.ts";
import { stashedMade } from "./stashed.ts";

/** Of the SDKs that the seat has before and after: each saves by what it was, and finds it again by what it is. */
const KIND = "sdk";
const env = (sdk: string) => ({ SDK_STATE_DIR: `${STATE_INSIDE}/${KIND}/${sdk}` });

/** In the container that is about to go. One that doesn't run has nothing to say. */
export async function saveState(at: SeatTask): Promise<void> {
  const { task, host, seat, name, uid, list } = at;
  await forgetState(at);
  const before = madeOf(task.memory, seat)?.trees ?? [];
  const after = list?.sdks.map((sdk) => sdk.name) ?? before.map((sdk) => sdk.name);
  if (!runsAs(await host.docker.inspectContainer(name), uid)) return task.log("It doesn't run: nothing is saved.");
  const sdks = before.filter((sdk) => after.includes(sdk.name));
  await runHooks(at, { hook: "save-state", sdks, env }, async (sdk, run) => {
    await makeState(at, sdk);
    await run();
  });
}

/** In the new one, when all SDKs are set up. */
export async function restoreState(at: SeatTask): Promise<void> {
  const { task, seat } = at;
  const before = stashedMade(task.memory, seat)?.trees.map((sdk) => sdk.name) ?? [];
  const sdks = (madeOf(task.memory, seat)?.trees ?? []).filter((sdk) => before.includes(sdk.name));
  await runHooks(at, { hook: "restore-state", sdks, env }, async (sdk, run) => {
    await makeState(at, sdk);
    await run();
  });
  await forgetState(at);
}

/** All that was saved. Its place stays: it is mounted in the seat. */
export const forgetState = ({ paths }: SeatTask): Promise<void> => rm(join(paths.state, KIND), { recursive: true, force: true });

/** The hook's own; what it saved before stays. */
async function makeState({ paths, uid }: SeatTask, sdk: string): Promise<void> {
  const directory = join(paths.state, KIND, sdk);
  await mkdir(directory, { recursive: true });
  await chown(directory, uid, uid);
}
