import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { DockerClient } from "../../agent/seats/docker/client/client.ts";
import { RECIPE_LABEL, recipeDigest } from "../../agent/seats/docker/image/recipe.ts";
import { DOCKER_DEFAULTS, type DockerSettings } from "../../agent/seats/docker/settings.ts";
import { removeNetwork } from "./docker-networks.ts";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "../..");
/** The gate runs several groups side by side; those of one lane have a daemon after the other. */
const LANE = Number(process.env.TEST_LANE || 1);
/** Kept over runs: importing the image takes 10 s, making it a minute. */
const DATA = join(ROOT, `.cache/dockerd${LANE === 1 ? "" : `-${LANE}`}`);
const IMAGE = "clarateach/base:1";
/** SDKs that were fetched once. */
export const TOOLS = join(ROOT, ".cache/tools");
/** For containers that name no network: builders. Another checkout's tests may run too. */
const BRIDGE = `ctd${process.pid}`;
const BRIDGE_ADDRESS = `10.${222 - LANE}.${process.pid % 256}.1`;

/** A Docker daemon of the tests' own: socket, state and process are private, nothing of the machine's daemon is touched. */
export interface PrivateDocker {
  socket: string;
  image: string;
  docker: DockerClient;
  /** Of this machine, for containers that name no network. */
  address: string;
  /** kill -9 of the daemon alone, then a new one on the same data: containers live on, as under systemd. */
  restart(): Promise<void>;
  /** The daemon alone ends, as for an update of Docker. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** As a reboot does: every container ends, then the daemon. */
  reboot(): Promise<void>;
  stop(): Promise<void>;
}

/** Undefined where no daemon can run: not root, or not installed. Say so in the test's name, don't pass silently. */
export const canRunDocker = process.getuid?.() === 0 && Bun.which("dockerd") !== null && Bun.which("iptables") !== null;

/**
 * One at a time in a lane of this checkout; a second one waits. The image is there when it resolves (made on first use).
 * @param registry address of one that is asked for Docker's own images
 */
export async function startDocker({ registry }: { registry?: string } = {}): Promise<PrivateDocker> {
  mkdirSync(DATA, { recursive: true });
  // Short: sockets lie below.
  const run = await mkdtemp(join(tmpdir(), "ctd-"));
  const release = await lockData(run);
  const socket = join(run, "docker.sock");
  const docker = new DockerClient(socket);
  const containerd = await launchContainerd(run);
  writeFileSync(join(run, CONFIG), JSON.stringify(registry ? { "registry-mirrors": [registry] } : {}));
  removeBridge();
  makeBridge();
  let daemon = await launch(run, docker);
  const end = async (signal: NodeJS.Signals) => {
    daemon.kill(signal);
    await daemon.exited;
  };
  const sweep = async () => {
    for (const { Id } of await docker.listContainers({})) await docker.removeContainer(Id);
    for (const { Id, Name } of await docker.listNetworks()) if (!BUILT_IN.has(Name)) await removeNetwork(socket, Id);
  };
  await sweep();
  await haveImage(docker, socket);
  return {
    ...{ socket, image: IMAGE, docker, address: BRIDGE_ADDRESS },
    async restart() {
      await end("SIGKILL");
      daemon = await launch(run, docker);
    },
    leave: () => end("SIGTERM"),
    async comeBack() {
      daemon = await launch(run, docker);
    },
    async reboot() {
      for (const { Id, State } of await docker.listContainers({})) if (State === "running") await docker.stopContainer(Id);
      await end("SIGTERM");
      daemon = await launch(run, docker);
    },
    async stop() {
      await sweep();
      await end("SIGTERM");
      containerd.kill("SIGTERM");
      await containerd.exited;
      // A daemon that was killed leaves its data mounted on itself, and nobody could remove this checkout.
      Bun.spawnSync(["umount", DATA], { stderr: "ignore" });
      removeBridge();
      await rm(run, { recursive: true, force: true });
      release();
    },
  };
}

/** Limits under which many seats fit a test machine. */
export function smallSeats({ socket, image }: PrivateDocker): DockerSettings {
  const MiB = 1024 ** 2;
  return { ...DOCKER_DEFAULTS, socket, image, tools: TOOLS, memory: 512 * MiB, cpus: 1, pids: 256, disk: 256 * MiB };
}

const BUILT_IN = new Set(["bridge", "host", "none"]);

const CONFIG = "daemon.json";

function makeBridge(): void {
  for (const rest of [
    ["link", "add", BRIDGE, "type", "bridge"],
    ["addr", "add", `${BRIDGE_ADDRESS}/24`, "dev", BRIDGE],
    ["link", "set", BRIDGE, "up"],
  ])
    Bun.spawnSync(["ip", ...rest]);
}

/** With the rules that Docker leaves for it; those of tests that were killed go too. */
function removeBridge(): void {
  const isOver = (name: string) => name === BRIDGE || !existsSync(`/proc/${name.slice(3)}`);
  for (const name of readdirSync("/sys/class/net"))
    if (/^ctd\d+$/.test(name) && isOver(name)) Bun.spawnSync(["ip", "link", "del", name]);
  for (const table of ["filter", "nat"]) {
    const rules = Bun.spawnSync(["iptables", "-w", "-t", table, "-S"]).stdout.toString().split("\n");
    for (const rule of rules) {
      const name = /^-A .*\b(ctd\d+)\b/.exec(rule)?.[1];
      if (name && isOver(name)) Bun.spawnSync(["iptables", "-w", "-t", table, "-D", ...rule.split(" ").slice(1)]);
    }
  }
}

/** Daemons that start at the same moment make the same chains of the computer's firewall, and one of them gives up. */
const STARTS_MOST = 3;

async function launch(run: string, docker: DockerClient): Promise<Subprocess> {
  for (let start = 1; ; start++) {
    try {
      return await launchOnce(run, docker);
    } catch (error) {
      if (start === STARTS_MOST || !/dockerd ended.*iptables/s.test(String(error))) throw error;
    }
  }
}

async function launchOnce(run: string, docker: DockerClient): Promise<Subprocess> {
  rmSync(join(run, "pid"), { force: true });
  const log = openSync(join(run, "log"), "a");
  const argv = [
    "dockerd",
    "--config-file",
    join(run, CONFIG),
    "-H",
    `unix://${docker.socket}`,
    "--data-root",
    DATA,
    "--exec-root",
    join(run, "exec"),
  ];
  const daemon = Bun.spawn(
    [
      ...argv,
      "--pidfile",
      join(run, "pid"),
      "--containerd",
      join(run, "containerd.sock"),
      `--bridge=${BRIDGE}`,
      "--live-restore",
      "--shutdown-timeout=5",
    ],
    {
      stdin: "ignore",
      stdout: log,
      stderr: log,
    },
  );
  await until("the Docker daemon to answer", async () => {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${readFileSync(join(run, "log"), "utf8").slice(-2000)}`);
    return docker.version().catch(() => undefined);
  });
  return daemon;
}

/** A process of its own, as Debian runs it: containers outlive the daemon above. */
async function launchContainerd(run: string): Promise<Subprocess> {
  const config = join(run, "containerd.toml");
  const socket = join(run, "containerd.sock");
  writeFileSync(
    config,
    `version = 2
root = "${DATA}/containerd"
state = "${run}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${socket}"
`,
  );
  const log = openSync(join(run, "containerd.log"), "a");
  const child = Bun.spawn(["containerd", "--config", config], { stdin: "ignore", stdout: log, stderr: log });
  await until("containerd to listen", () => existsSync(socket));
  return child;
}

async function haveImage(docker: DockerClient, socket: string): Promise<void> {
  const there = await docker.inspectImage(IMAGE);
  if (there?.Config?.Labels?.[RECIPE_LABEL] === recipeDigest()) return;
  const made = Bun.spawn([join(ROOT, "scripts/build-image"), "--if-missing", "--socket", socket, "--image", IMAGE], {
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await made.exited) !== 0) throw new Error("scripts/build-image failed");
}

/** The data directory belongs to one daemon. Its holder is in the lock, so that what a killed test left is cleared away. */
async function lockData(run: string): Promise<() => void> {
  const lock = `${DATA}.lock`;
  await until("another test's Docker daemon to end", () => takeLock(lock, run));
  return () => rmSync(lock, { force: true });
}

async function takeLock(lock: string, run: string): Promise<boolean> {
  try {
    writeFileSync(lock, `${process.pid} ${run}`, { flag: "wx" });
    return true;
  } catch {
    const [holder = "", left = ""] = readFileSync(lock, { encoding: "utf8", flag: "a+" }).split(" ");
    if (holder !== String(process.pid) && existsSync(`/proc/${holder}/status`)) return false;
    if (left !== "" && left !== run) await clearLeft(left);
    rmSync(lock, { force: true });
    return false;
  }
}

/** Daemons, shims and their containers' processes, then their mounts. */
async function clearLeft(run: string): Promise<void> {
  const own = processes((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1"), [run]);
  const containers = own.flatMap((pid) => /-id\0([0-9a-f]{64})/.exec(readFileSync(`/proc/${pid}/cmdline`, "latin1"))?.[1] ?? []);
  for (const pid of own) end(pid);
  const group = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, "utf8");
  await until("containers that were left to end", () => {
    const left = containers.length === 0 ? [] : processes(group, containers);
    for (const pid of left) end(pid);
    return left.length === 0;
  });
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  const used = machinesInUse();
  const isLeft = (point: string) => {
    const [, machine] = /^(\/tmp\/ct-[^/]+)\/seats\//.exec(point) ?? [];
    return machine !== undefined && !used.has(machine);
  };
  const ours = points.filter((point) => point.startsWith(`${run}/`) || point.startsWith(`${DATA}/`) || isLeft(point));
  for (const point of ours.reverse()) Bun.spawnSync(["umount", "-l", point]);
  rmSync(run, { recursive: true, force: true });
}

/** Directories of machines in which a process has anything open: of another checkout's tests, which go on. */
function machinesInUse(): Set<string> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const open = pids.flatMap((pid) => {
    const all = orNothing(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
    return all.flatMap((fd) => orNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []);
  });
  return new Set(open.flatMap((path) => /^\/tmp\/ct-[^/]+/.exec(path)?.[0] ?? []));
}

/** A process that ended meanwhile, or what it closed. */
function orNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Processes of which `read` gives a text with one of `words`. */
function processes(read: (pid: number) => string, words: readonly string[]): number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      return pid !== process.pid && words.some((word) => read(pid).includes(word));
    } catch {
      return false;
    }
  });
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
