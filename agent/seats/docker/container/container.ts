import { join } from "node:path";
import { seatName } from "../../../contract/seats.ts";
import type { ContainerInfo, CreateContainer, Mount } from "../client/types.ts";
import type { DeviceConfig } from "../connect/devices.ts";
import { seatTrustEnvironment, seatTrustMounts, type Trust } from "../image/trust.ts";
import {
  CDP_PORT,
  LEARNER,
  PROJECT,
  RUN_INSIDE,
  type SeatPaths,
  STATE_INSIDE,
  seatLabels,
  UID_LABEL,
  WORKSPACE,
} from "../names.ts";
import type { DockerSettings } from "../settings.ts";
import type { SeatSizes } from "../sizes.ts";
import { boundsOf } from "./bounds.ts";
import { bind, bindReadOnly } from "./mounts.ts";
import { SECCOMP } from "./seccomp.ts";

export const runtimeDirectory = (uid: number): string => `/run/user/${uid}`;
/** Chromium keeps its pictures there; counted as the seat's memory. */
export const SHM_BYTES = 256 * 1024 ** 2;
/** What Docker hides by itself (20.10 to 28), and a list given replaces. */
const DOCKERS_MASK = [
  ...["asound", "acpi", "interrupts", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi"].map(
    (name) => `/proc/${name}`,
  ),
  ...["/sys/firmware", "/sys/devices/virtual/powercap"],
];
/** Names of the machine's disks and files, other seats' among them. */
const MORE_MASK = ["/proc/cmdline", "/sys/block", "/sys/class/block", "/sys/dev/block", "/sys/devices/virtual/block"];
/** What no container may see of the machine. */
export const MASKED: readonly string[] = [...DOCKERS_MASK, ...MORE_MASK];

export interface ContainerWish {
  machine: string;
  seat: number;
  image: string;
  /** The learner's, and gid. */
  uid: number;
  /** The first process', and gid: neither root nor the learner. */
  keeper: number;
  paths: SeatPaths;
  /** Of the seat's disk. */
  device: string;
  settings: DockerSettings;
  sizes: SeatSizes;
  timeZone: string;
  /** A name server on the seat's own localhost answers it. */
  resolvConf: string;
  /** The machine's kernel has it. Seats never do. */
  ipv6: boolean;
  /** Directories of its SDKs. */
  sdks: readonly Mount[];
  /** What only this seat has: its users, its terminal's settings. */
  files: readonly Mount[];
  devices: DeviceConfig;
  trusted?: Trust;
}

/** Everything Docker must know of a seat's container; pure. */
export function containerOf(wish: ContainerWish): CreateContainer {
  const { machine, seat, uid, keeper } = wish;
  return {
    Image: wish.image,
    Hostname: hostnameOf(seat),
    // Nobody's, so that no learner can end it, and with it the seat; and not root's, for its program is whatever an SDK's setup-base left there:
    // root without any capability still makes set-user-id programs where a seat has a directory of the machine's.
    User: `${keeper}:${keeper}`,
    WorkingDir: WORKSPACE,
    Entrypoint: ["/usr/bin/tini", "--"],
    Cmd: ["sleep", "infinity"],
    StopSignal: "SIGKILL",
    Env: Object.entries(environmentOf(wish)).map(([name, value]) => `${name}=${value}`),
    Labels: { ...seatLabels(machine, seat), [UID_LABEL]: String(uid) },
    HostConfig: hostConfigOf(wish),
  };
}

/** False for one of an earlier release, whose learner is somebody else. */
export const runsAs = (found: ContainerInfo | undefined, uid: number): boolean =>
  found?.State.Running === true && found.Config.Labels[UID_LABEL] === String(uid);

const hostnameOf = (seat: number): string => `seat-${seatName(seat)}`;

function hostConfigOf(wish: ContainerWish): object {
  const { seat, uid, paths, device, settings, sizes, resolvConf, ipv6, sdks, files, devices, trusted } = wish;
  return {
    // Until the agent connects it (network.ts) it has its localhost and nothing else.
    NetworkMode: "none",
    ExtraHosts: [`${hostnameOf(seat)}:127.0.1.1`],
    Mounts: [
      ...mountsOf(paths),
      ...sdks,
      bindReadOnly(resolvConf, "/etc/resolv.conf"),
      ...files,
      ...(trusted ? seatTrustMounts(trusted) : []),
    ],
    // Nothing in a seat may grow on the machine's own disk; the seat's disk has what a learner writes.
    ReadonlyRootfs: true,
    Tmpfs: { [runtimeDirectory(uid)]: `rw,nosuid,nodev,size=16m,mode=0700,uid=${uid},gid=${uid}` },
    ...devices,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges", SECCOMP],
    MaskedPaths: MASKED,
    Privileged: false,
    IpcMode: "private",
    ShmSize: SHM_BYTES,
    ...boundsOf(device, sizes),
    // What the first process prints would lie on the machine's disk without limit.
    LogConfig: { Type: "none" },
    // The agent starts seats: only it knows that disk and firewall are there.
    RestartPolicy: { Name: "no" },
    Sysctls: sysctlsOf(ipv6),
    ...(settings.ociRuntime ? { Runtime: settings.ociRuntime } : {}),
  };
}

/** @param ipv6 the machine's kernel has it: seats never do */
export const sysctlsOf = (ipv6: boolean): Record<string, string> => ({
  // The seat's name server has port 53; a learner may have all from there on.
  "net.ipv4.ip_unprivileged_port_start": "54",
  ...(ipv6 ? { "net.ipv6.conf.default.disable_ipv6": "1" } : {}),
});

function mountsOf(paths: SeatPaths): Mount[] {
  const inner = (name: string) => join(paths.inner, name);
  return [...workOf(paths), bind(inner("tmp"), "/tmp"), bind(inner("tmp"), "/var/tmp"), bind(inner("state"), STATE_INSIDE)];
}

/** What a learner has made, and where her programs meet the agent. */
export const workOf = ({ inner, innerWorkspace }: SeatPaths): Mount[] => [
  bind(innerWorkspace, WORKSPACE),
  bind(innerWorkspace, PROJECT),
  bind(join(inner, "home"), LEARNER.home),
  bind(join(inner, "run"), RUN_INSIDE),
];

function environmentOf({ machine, seat, uid, timeZone, trusted }: ContainerWish): Record<string, string> {
  return {
    PATH: `${LEARNER.home}/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: LEARNER.home,
    USER: LEARNER.name,
    LOGNAME: LEARNER.name,
    SHELL: "/bin/bash",
    LANG: "C.UTF-8",
    WORKSPACE,
    TZ: timeZone,
    XDG_RUNTIME_DIR: runtimeDirectory(uid),
    TMUX_TMPDIR: runtimeDirectory(uid),
    NPM_CONFIG_PREFIX: `${LEARNER.home}/.local`,
    CLARATEACH_SEAT: `${machine}/${seatName(seat)}`,
    CLARATEACH_CDP_URL: `http://localhost:${CDP_PORT}`,
    ...(trusted ? seatTrustEnvironment() : {}),
  };
}
