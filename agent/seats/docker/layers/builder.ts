import type { CreateContainer, Mount } from "../client/types.ts";
import { MASKED, sysctlsOf } from "../container/container.ts";
import { limitOf, treeInside } from "../container/hooks.ts";
import { bindReadOnly } from "../container/mounts.ts";
import { SECCOMP } from "../container/seccomp.ts";
import { builderTrustMounts, type Trust } from "../image/trust.ts";
import { machineLabels } from "../names.ts";
import { BUILDER_ROOM, type Room } from "./growth.ts";
import type { ListedTree } from "./trees.ts";

const GiB = 1024 ** 3;

/** What one builder may take of the machine, on which other classes may be at work. */
export interface BuilderLimits {
  memory: number;
  cpus: number;
  pids: number;
  /** Of a setup-base, in milliseconds. */
  timeMs: number;
  room: Room;
}

export const BUILDER_LIMITS: BuilderLimits = {
  // Compilers and npm take 1 GB.
  memory: 2 * GiB,
  cpus: 2,
  pids: 1024,
  timeMs: limitOf("setup-base"),
  room: BUILDER_ROOM,
};

/** What apt and dpkg do as root: write files of all owners, give them away, mark set-user-id programs, become `_apt` and end its programs. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"];
/** Before seats: a builder that ends costs nobody her work. */
const OOM_SCORE = 800;
const CPU_SHARES = 64;
/** It ends by itself some time after its hook had to, should no agent be there to remove it. */
const SPARE_SECONDS = 300;

export interface BuilderWish {
  machine: string;
  /** Id of the layer below. */
  image: string;
  /** Of this SDK, the last one, and of those before it. */
  trees: readonly ListedTree[];
  caches: readonly Mount[];
  resolvConf: string;
  limits: BuilderLimits;
  /** Processors of the machine. */
  cpus: number;
  ipv6: boolean;
  ociRuntime?: string | undefined;
  trusted?: Trust | undefined;
}

/**
 * Everything Docker must know of a builder; pure. It has a seat's wall and a root who is little more than who installs packages. The image
 * that is made keeps `Env`, `Labels` and the command: nothing of one class stands there.
 */
export function builderOf(wish: BuilderWish): CreateContainer {
  const { machine, image, limits } = wish;
  return {
    ...{ Image: image, Hostname: "build", User: "0:0", WorkingDir: "/", StopSignal: "SIGKILL", Env: [] },
    ...{ Entrypoint: [], Cmd: ["sleep", String(Math.ceil(limits.timeMs / 1000) + SPARE_SECONDS)] },
    Labels: machineLabels(machine),
    HostConfig: hostConfigOf(wish),
  };
}

function hostConfigOf({ trees, caches, resolvConf, limits, cpus, ipv6, ociRuntime, trusted }: BuilderWish): object {
  return {
    // Until the agent connects it (network.ts) it has its localhost and nothing else.
    NetworkMode: "none",
    Mounts: [
      ...sdkMounts(trees),
      ...caches,
      bindReadOnly(resolvConf, "/etc/resolv.conf"),
      ...(trusted ? builderTrustMounts(trusted) : []),
    ],
    // What is put there for a moment counts as memory and is in no layer.
    Tmpfs: { "/tmp": "rw,exec,nosuid,nodev,size=1g,mode=1777" },
    CapDrop: ["ALL"],
    CapAdd: CAPABILITIES,
    SecurityOpt: ["no-new-privileges", SECCOMP],
    MaskedPaths: MASKED,
    Privileged: false,
    IpcMode: "private",
    Memory: limits.memory,
    MemorySwap: limits.memory,
    NanoCpus: Math.round(Math.min(limits.cpus, cpus) * 1e9),
    CpuShares: CPU_SHARES,
    PidsLimit: limits.pids,
    OomScoreAdj: OOM_SCORE,
    Ulimits: [{ Name: "core", Soft: 0, Hard: 0 }],
    LogConfig: { Type: "none" },
    RestartPolicy: { Name: "no" },
    Sysctls: sysctlsOf(ipv6),
    ...(ociRuntime ? { Runtime: ociRuntime } : {}),
  };
}

/** Each at its place, for builders and seats alike. */
export const sdkMounts = (trees: readonly { name: string; directory: string }[]): Mount[] =>
  trees.map(({ name, directory }) => bindReadOnly(directory, treeInside(name)));
