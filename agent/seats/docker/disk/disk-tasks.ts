import { chown, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { seatName } from "../../../contract/seats.ts";
import { CLAUDE_SEED } from "../../claude/seed.ts";
import { addRemoved } from "../../receipt.ts";
import { shellStart } from "../../shell-start.ts";
import { unpackStarter } from "../../starter.ts";
import { forgetGrants } from "../connect/connected.ts";
import { noteMeant } from "../connect/meant.ts";
import { onHost } from "../host-programs.ts";
import { dropIfOwn } from "../layers/own.ts";
import { madeOf, noteMade } from "../made.ts";
import type { SeatTask } from "../seat-task.ts";
import { diskUse, exists, makeDisk, mountDisk, removeDisk } from "./disk.ts";

export async function makeSeatDisk(at: SeatTask): Promise<void> {
  const { host, paths, seat, uid } = at;
  await makeDisk(paths, (await host.sizes()).disk, uid);
  // The shell's start comes last: a home that has it isn't new.
  if (await exists(join(paths.home, SHELL_START))) return;
  await putInHome(at, ".claude.json", CLAUDE_SEED, 0o600);
  await putInHome(at, SHELL_START, shellStart(seat), 0o644);
}

const SHELL_START = ".bashrc";

/** Whole or not at all. */
async function putInHome({ paths, uid }: SeatTask, name: string, text: string, mode: number): Promise<void> {
  const part = join(paths.mount, "home.part");
  await writeFile(part, text, { mode });
  await chown(part, uid, uid);
  await rename(part, join(paths.home, name));
}

export const unmakeSeatDisk = ({ paths }: SeatTask): Promise<void> => removeDisk(paths);

export async function repairDisk({ paths, seat, uid }: SeatTask): Promise<void> {
  if (await exists(paths.image)) return mountDisk(paths, uid);
  throw new Problem(
    "UNAVAILABLE",
    `The disk of seat ${seatName(seat)} is gone ("${paths.image}"). Free the seat to make it anew.`,
  );
}

/** Before the container exists: no learner is there to race with. In one step, or not at all. */
export async function unpack(at: SeatTask): Promise<void> {
  const { workspace, mount } = at.paths;
  if (!at.starter || (await readdir(workspace)).length > 0) return;
  const into = join(mount, "unpacking");
  await rm(into, { recursive: true, force: true });
  try {
    await mkdir(into, { mode: 0o755 });
    await unpackInto(into, at.starter, at);
    await rename(into, workspace);
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    throw error;
  }
}

async function unpackInto(into: string, { digest, name }: { digest: string; name: string }, { task, host, uid }: SeatTask) {
  const progress = (done: number, total: number) => task.progress("files", done, total);
  const archive = host.given.starterPath(digest);
  await unpackStarter({ archive, name, into, progress, signal: task.signal });
  await onHost("give the starter files to the learner", ["chown", "-R", "-h", `${uid}:${uid}`, into]);
}

export async function removeSeatDisk({ task, host, seat, paths }: SeatTask): Promise<void> {
  const there = await exists(paths.directory);
  const bytes = await diskUse(paths);
  await removeDisk(paths);
  const { memory } = host.given;
  const made = madeOf(memory, seat);
  // At once: of two seats that go together the second one takes the layer that was theirs.
  noteMade(memory, seat, undefined);
  forgetGrants(memory, seat);
  noteMeant(memory, seat, undefined);
  await dropIfOwn(host.docker, memory, made?.image);
  addRemoved(task.memory, seat, { directories: there ? 1 : 0, bytes });
}
