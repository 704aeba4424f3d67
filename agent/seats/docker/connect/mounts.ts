import { closeSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { LEARNER_ID } from "../../../definition/values.ts";
import type { MountGrant } from "../../../interfaces/grants.ts";
import { makeDirectory } from "../disk/disk.ts";
import { LEARNER, PROJECT, RUN_INSIDE, type SeatPaths, WORKSPACE } from "../names.ts";
import { isReadOnly, isSamePlace, type SeatInside } from "./inside.ts";
import { openPlace } from "./mount-calls.ts";
import { notConnected, type Refused } from "./refused.ts";
import { openSource } from "./sources.ts";

/** Whose directories they are. */
export interface MountOwner {
  paths: SeatPaths;
  /** The learner's, and gid. */
  uid: number;
  /** Where of the machine sources may be. */
  sources: readonly string[];
}

/** What a seat that runs has mounted. */
export interface SeatMounts {
  seat: SeatInside;
  owner: MountOwner;
  /** On a way back: what is in use is taken away too. */
  anyhow: boolean;
}

/** @param former what it may have besides @returns what couldn't be, and isn't there @throws Problem when something can't be taken away */
export async function setMounts(
  grants: readonly MountGrant[],
  former: readonly MountGrant[],
  of: SeatMounts,
): Promise<Refused[]> {
  const known = [...former, ...grants];
  await removeOthers(grants, known, of);
  // One may come from what another brings or brought: again, until all stay as they are.
  for (let turn = 0; ; turn++) {
    const { made, refused } = await mountAll(grants, of);
    const has = grants.filter(({ plug }) => !refused.some((one) => one.plug === plug));
    const isOver = !(await removeOthers(has, known, of)) && !made;
    if (isOver || turn === grants.length) return refused;
  }
}

async function mountAll(grants: readonly MountGrant[], of: SeatMounts): Promise<{ made: boolean; refused: Refused[] }> {
  let made = false;
  const refused: Refused[] = [];
  // One may lie in another.
  for (const grant of [...grants].sort((a, b) => a.target.length - b.target.length)) {
    try {
      made = (await mountAnew(grant, of)) || made;
    } catch (error) {
      refused.push(notConnected(grant.plug, whyNot(grant, error)));
    }
  }
  return { made, refused };
}

/** Where learners rename what is above a mount, it goes with that: whatever is mounted there is ours. */
const LEARNERS = [WORKSPACE, PROJECT, LEARNER.home, RUN_INSIDE, "/tmp", "/var/tmp"];

/** A learner who moves them about in a loop loses after so many. */
const TURNS = 64;

/** @returns whether there were any */
async function removeOthers(
  grants: readonly MountGrant[],
  all: readonly MountGrant[],
  { seat, anyhow }: SeatMounts,
): Promise<boolean> {
  const wanted = new Set(grants.map(({ target }) => target));
  const known = all.map(({ target }) => target);
  const places = [...LEARNERS, ...wanted, ...known];
  const left = async () => {
    const points = [...(await seat.mountedBelow(places)), ...known].filter((point) => !wanted.has(point));
    const there = await Promise.all(points.map(async (point) => ((await seat.mountedAt(point)) ? point : [])));
    // What lies in another comes first.
    return [...new Set(there.flat())].sort((a, b) => b.length - a.length);
  };
  let why: unknown;
  for (let turn = 0; turn < TURNS; turn++) {
    const [point] = await left();
    if (point === undefined) return turn > 0;
    why = await seat.unmount(point, anyhow).catch((error) => error);
    if (isBusy(why)) throw new Problem("STATE_CONFLICT", `What is mounted at ${point} ${IN_USE}`);
  }
  throw new Problem("STATE_CONFLICT", "A mount can't be taken away while somebody moves it about. Stop the seat first.", {
    cause: why,
  });
}

const isBusy = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === "EBUSY";
const IN_USE = "is in use: a program of the seat's has a file or its directory there. End it, or stop the seat, and ask again.";

/** As it was, where it is so already. @returns whether it wasn't */
async function mountAnew(grant: MountGrant, { seat, owner, anyhow }: SeatMounts): Promise<boolean> {
  const source = await openFrom(grant, seat, owner);
  try {
    if (await isMounted(grant, source, seat)) return false;
    await seat.unmount(grant.target, anyhow);
    seat.mount(source, grant.from.of === "seat", grant.target, grant.readOnly);
    return true;
  } finally {
    closeSync(source);
  }
}

async function isMounted({ target, readOnly }: MountGrant, source: number, seat: SeatInside): Promise<boolean> {
  const mounted = await seat.mountedAt(target);
  if (mounted?.readOnly !== (readOnly || isReadOnly(source))) return false;
  const there = seat.open(target);
  try {
    return isSamePlace(source, there);
  } finally {
    closeSync(there);
  }
}

async function openFrom({ plug, from, mode, uid, gid }: MountGrant, seat: SeatInside, owner: MountOwner): Promise<number> {
  if (from.of === "seat") return openInside(from.path, seat);
  if (from.of === "machine") return openSource(from.path, owner.sources);
  // SDKs and plugs have no dot in their names.
  const name = plug.replace(":", ".");
  const own = (id: number) => (id === LEARNER_ID ? owner.uid : id);
  await makeDirectory(join(owner.paths.mounts, name), mode, own(uid), own(gid));
  // Links work in it, which the agent's own way to the disk follows none of. Above it is nothing of the learner's.
  return openPlace(join(owner.paths.inner, "mounts", name));
}

/** The kernel's own, of which a container hides some by mounts. */
const KERNELS = /^\/(?:proc|sys|dev)(?:\/|$)/;

function openInside(path: string, seat: SeatInside): number {
  if (KERNELS.test(path)) throw new Problem("INVALID_INPUT", `${path} of a seat is the kernel's own. Take another directory.`);
  // A learner's own may be made by a hook that comes later.
  return LEARNERS.some((place) => path.startsWith(`${place}/`)) ? seat.have(path) : seat.open(path);
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "it isn't there",
  ELOOP: "a link is on the way",
  ENOTDIR: "something else than a directory is on the way",
  EROFS: "nothing can be made there",
  ENOSYS: "this machine's Linux is too old for it: it needs 5.12",
};

function whyNot({ target, from }: MountGrant, error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (isBusy(error)) return `what is mounted at ${target} ${IN_USE}`;
  const why = WHY[String((error as { code?: unknown }).code)] ?? String(error);
  const what = from.of === "seat" ? `${from.path} of the seat can't be mounted at ${target}` : `it can't be mounted at ${target}`;
  return `${what}, ${why}. Mend that in the seat, then connect it again or restart the seat.`;
}
