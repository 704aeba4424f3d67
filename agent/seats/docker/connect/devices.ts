import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DeviceGrant } from "../../../interfaces/grants.ts";
import type { DaemonInfo } from "../client/types.ts";
import { describe, pluggedDevices } from "./plugged.ts";

/** The parts of Docker's HostConfig by which a container has devices. Never its rules for whole kinds of devices: they are for any node. */
export interface DeviceConfig {
  Devices: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
  /** For drivers of Docker's own. */
  DeviceRequests: { Driver: string; Count?: number; DeviceIDs?: string[]; Capabilities?: string[][] }[];
  /** A seat's learner has no capability: what belongs to a group is hers by that group, in every program that is begun in the seat. */
  GroupAdd: string[];
}

export interface FoundDevices {
  host: DeviceConfig;
  /** What this machine hasn't, and why, for people: the rest of a sentence that says what isn't connected. */
  missing: { grant: DeviceGrant; why: string }[];
}

/** Where devices are looked for. */
export interface DevicesOf {
  /** Below it are `dev` and `sys`. */
  root: string;
  docker: Pick<DaemonInfo, "Runtimes" | "DiscoveredDevices">;
}

/**
 * What a seat's container gets for its devices, by looking at the machine: Docker would make a container with what isn't there, and then fail to
 * start it.
 */
export async function findDevices(grants: readonly DeviceGrant[], machine: DevicesOf): Promise<FoundDevices> {
  const found = await Promise.all(grants.map(async (grant) => ({ grant, ...(await find(grant, machine)) })));
  const nodes = found.flatMap(({ nodes = [] }) => nodes);
  return {
    host: {
      Devices: [...new Set(nodes.map(({ path }) => path))].map((path) => deviceOf(path, machine.root)),
      DeviceRequests: found.flatMap(({ request }) => request ?? []).slice(0, 1),
      GroupAdd: [...new Set(nodes.flatMap(({ group }) => group ?? []))].map(String),
    },
    missing: found.flatMap(({ grant, why }) => (why === undefined ? [] : { grant, why })),
  };
}

/** Nobody in a seat may make nodes, so `m` is left out. */
const deviceOf = (path: string, root: string) => ({
  ...{ PathOnHost: join(root, path), PathInContainer: path },
  CgroupPermissions: "rw",
});

interface Found {
  nodes?: Node[];
  request?: DeviceConfig["DeviceRequests"][number];
  why?: string;
}

/** A character device. */
interface Node {
  /** As programs know it: `/dev/video0`. */
  path: string;
  /** Who may use it; undefined: everybody. */
  group?: number;
}

async function find({ kind, match }: DeviceGrant, machine: DevicesOf): Promise<Found> {
  const { root } = machine;
  if (kind === "gpu") return findGpu(machine);
  if (kind === "custom-device")
    return usable(await pluggedDevices(match, root), root, `nothing plugged in is ${describe(match)}`);
  const [directory, shape, what] = kind === "camera" ? CAMERA : AUDIO;
  return usable(await namesIn(directory, shape, root), root, `this machine has no ${what}`);
}

const CAMERA = ["/dev", /^video\d+$/, "camera (no /dev/video0 or the like)"] as const;
const AUDIO = ["/dev/snd", /^[a-zA-Z0-9]+$/, "sound card (nothing in /dev/snd)"] as const;

async function namesIn(directory: string, shape: RegExp, root: string): Promise<string[]> {
  const names = await readdir(join(root, directory)).catch(() => []);
  return names
    .filter((name) => shape.test(name))
    .sort()
    .map((name) => `${directory}/${name}`);
}

/** @param none why there is nothing, where there is nothing */
async function usable(paths: readonly string[], root: string, none: string): Promise<Found> {
  const seen = await Promise.all(
    paths.map(async (path) => ({ path, stats: await stat(join(root, path)).catch(() => undefined) })),
  );
  const there = seen.flatMap(({ path, stats }) => (stats?.isCharacterDevice() ? { path, stats } : []));
  const nodes = there.flatMap(({ path, stats }) => nodeOf(path, stats) ?? []);
  if (nodes.length > 0) return { nodes };
  const [first] = there;
  if (!first) return { why: `${none}. Plug it in, then try again.` };
  return { why: `${first.path} is for root alone. Give it a group that may read and write it (a udev rule), then try again.` };
}

const EVERYBODY = 0o006;
const GROUP = 0o060;

/** Undefined: a learner couldn't open it. Root's group is never hers: all that is mounted in her seat is root's. */
function nodeOf(path: string, { mode, gid }: Stats): Node | undefined {
  if ((mode & EVERYBODY) === EVERYBODY) return { path };
  return gid !== 0 && (mode & GROUP) === GROUP ? { path, group: gid } : undefined;
}

const CDI_GPUS = "nvidia.com/gpu=all";

/** Docker knows by itself which nodes and libraries a GPU needs, where it has a driver for it. */
async function findGpu({ root, docker }: DevicesOf): Promise<Found> {
  const cards = await namesIn("/dev", /^nvidia\d+$/, root);
  if (cards.length === 0) return { why: "this machine has no NVIDIA GPU (no /dev/nvidia0 or the like)." };
  if ("nvidia" in docker.Runtimes) return { request: { Driver: "", Count: -1, Capabilities: [["gpu"]] } };
  if (docker.DiscoveredDevices?.some(({ ID }) => ID === CDI_GPUS)) return { request: { Driver: "cdi", DeviceIDs: [CDI_GPUS] } };
  return {
    why: "Docker has no driver for this machine's GPU. Install nvidia-container-toolkit, run “nvidia-ctk runtime configure”, start Docker again.",
  };
}
