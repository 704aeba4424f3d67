import { Problem } from "../../contract/errors.ts";
import { isPrivate, PRIVATE, rangeOf } from "./network/addresses.ts";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export type Outbound =
  /** The Internet; never the machine itself, its neighbours' private addresses or a cloud's metadata. */
  | { policy: "open" }
  | { policy: "none" }
  /** `example.org` is that name, `.example.org` it and every name below. */
  | { policy: "names"; names: readonly string[] };

export interface DockerSettings {
  /** The daemon's unix socket. */
  socket: string;
  /** The image seats are made from, `name:tag`. */
  image: string;
  /** Of one seat. Bytes; a share of one processor is a fraction. */
  memory: number;
  cpus: number;
  pids: number;
  disk: number;
  outbound: Outbound;
  /** Private networks that seats may reach all the same, as CIDR: a school's git server. */
  allow: readonly string[];
  /** Seats' own networks are cut from it: an IPv4 network that nothing here uses, 64 addresses for each workshop. */
  subnets: string;
  /** PEM file with certificates that seats trust besides the public ones. */
  trustedCa?: string;
  /** Another one than Docker's default. gVisor's must use the kernel's network (`--network=host`): a seat's is made after its start. */
  ociRuntime?: string;
}

/** For ten seats on an e2-standard-8 (8 processors, 32 GB): editor, browser, the Claude CLI and a build at once fit in one seat. */
export const DOCKER_DEFAULTS: DockerSettings = {
  socket: "/var/run/docker.sock",
  image: "clarateach/base:1",
  memory: 2.5 * GiB,
  // A lone build may use two; shares divide them when all ten build.
  cpus: 2,
  // Threads count. Chromium with ten tabs has 300.
  pids: 1024,
  disk: 6 * GiB,
  outbound: { policy: "open" },
  allow: [],
  subnets: "10.222.0.0/16",
};

/** What stays for the kernel, Docker, the agent and the page cache. */
const MEMORY_RESERVE = 2 * GiB;
/** What stays free on the machine's disk: images and logs go on. */
const DISK_RESERVE = 2 * GiB;
const LEAST = { memory: 128 * MiB, cpus: 0.1, pids: 64, disk: 32 * MiB };

export interface MachineSize {
  /** Bytes, without what other workshops' seats on it may use. */
  memory: number;
  cpus: number;
  /** Free bytes where the seats' images are made, with what is taken by those that exist. */
  disk: number;
}

/**
 * Refuses limits that so many seats can't all use on this machine at once; what fits is named.
 * @throws Problem `INVALID_INPUT`
 */
export function checkFits(settings: DockerSettings, seats: number, machine: MachineSize): void {
  for (const name of ["memory", "cpus", "pids", "disk"] as const) {
    if (!(settings[name] >= LEAST[name]))
      refuse(
        `${name} per seat is ${settings[name]}, less than the ${LEAST[name]} a seat needs`,
        `Set CLARATEACH_SEAT_${name.toUpperCase()} higher.`,
      );
  }
  const memory = Math.floor((machine.memory - MEMORY_RESERVE) / seats);
  if (settings.memory > memory)
    refuse(
      `${seats} seats with ${inMiB(settings.memory)} of memory don't fit: this machine has ${inMiB(machine.memory)} for them`,
      lower("CLARATEACH_SEAT_MEMORY", memory, LEAST.memory, (machine.memory - MEMORY_RESERVE) / settings.memory),
    );
  const disk = Math.floor((machine.disk - DISK_RESERVE) / seats);
  if (settings.disk > disk)
    refuse(
      `${seats} seats with ${inMiB(settings.disk)} of disk don't fit: ${inMiB(machine.disk)} are free`,
      lower("CLARATEACH_SEAT_DISK", disk, LEAST.disk, (machine.disk - DISK_RESERVE) / settings.disk),
    );
}

/** What helps: a value to be copied, or as many seats as fit. */
function lower(name: string, most: number, least: number, fitting: number): string {
  const seats = `have ${Math.max(0, Math.floor(fitting))} seats`;
  const larger = "take a larger machine";
  return most < least
    ? `Have fewer seats, or ${larger}.`
    : `Set ${name}=${Math.floor(most / MiB)}M (at most), ${seats}, or ${larger}.`;
}

/** @param known names of the runtimes that Docker has @throws Problem `INVALID_INPUT` */
export function checkRuntime({ ociRuntime }: DockerSettings, known: readonly string[]): void {
  if (ociRuntime === undefined || known.includes(ociRuntime)) return;
  throw new Problem(
    "INVALID_INPUT",
    `CLARATEACH_OCI_RUNTIME is "${ociRuntime}", and Docker has only ${known.join(", ")}. Register it in /etc/docker/daemon.json, or leave the setting out.`,
  );
}

/** Docker refuses more processors than there are. */
export const cpusOn = (settings: DockerSettings, machine: { cpus: number }): number => Math.min(settings.cpus, machine.cpus);

const inMiB = (bytes: number): string => `${Math.max(0, Math.floor(bytes / MiB))} MiB`;

function refuse(why: string, remedy: string): never {
  throw new Problem("INVALID_INPUT", `${why}. ${remedy}`);
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i;
const UNIT = { "": 1, K: 1024, M: MiB, G: GiB, T: 1024 * GiB } as const;

/** `2.5G`, `512M`, `1073741824` → bytes. @throws Problem `INVALID_INPUT` naming the setting and its value */
export function parseSize(name: string, text: string): number {
  const [, number, unit = ""] = SIZE.exec(text.trim()) ?? [];
  if (number === undefined) throw new Problem("INVALID_INPUT", `${name} is "${text}", not a size such as "512M" or "2.5G".`);
  return Math.floor(Number(number) * UNIT[unit.toUpperCase() as keyof typeof UNIT]);
}

const NAME = /^\.?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NAMES_LIMIT = 200;

/** `open`, `none`, or names parted by commas. @throws Problem `INVALID_INPUT` */
export function parseOutbound(text: string): Outbound {
  if (text === "open" || text === "none") return { policy: text };
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const bad = names.find((name) => !NAME.test(name) || name.length > 253);
  if (bad !== undefined || names.length > NAMES_LIMIT)
    throw new Problem(
      "INVALID_INPUT",
      `CLARATEACH_OUTBOUND has "${bad ?? names.length}", not open, none, or at most ${NAMES_LIMIT} names such as "pypi.org,.npmjs.org".`,
    );
  return { policy: "names", names };
}

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** @throws Problem `INVALID_INPUT` naming the setting */
export function parseCidr(name: string, text: string): string {
  const parts = CIDR.exec(text.trim())?.slice(1).map(Number);
  if (!parts || parts.slice(0, 4).some((n) => n > 255) || (parts[4] ?? 33) > 32)
    throw new Problem("INVALID_INPUT", `${name} has "${text}", not an IPv4 network such as "192.168.7.0/24".`);
  return text.trim();
}

/** Seats' users follow from their addresses (uid.ts), and only private ones are sure to differ in what is taken of them. */
function parseSubnets(text: string): string {
  const subnets = parseCidr("CLARATEACH_SEAT_SUBNETS", text);
  if (isPrivate(rangeOf(subnets))) return subnets;
  throw new Problem(
    "INVALID_INPUT",
    `CLARATEACH_SEAT_SUBNETS is "${text}", not a private network. Use a part of ${PRIVATE.join(", ")}.`,
  );
}

/** The settings of an environment; what isn't set has its default. @throws Problem `INVALID_INPUT` */
export function dockerSettings(env: Readonly<Record<string, string | undefined>>): DockerSettings {
  const size = (name: string, otherwise: number) => (env[name] ? parseSize(name, env[name]) : otherwise);
  const number = (name: string, otherwise: number) => {
    const value = env[name] ? Number(env[name]) : otherwise;
    if (!Number.isFinite(value)) throw new Problem("INVALID_INPUT", `${name} is "${env[name]}", not a number.`);
    return value;
  };
  return {
    socket: env.CLARATEACH_DOCKER_SOCKET || DOCKER_DEFAULTS.socket,
    image: env.CLARATEACH_SEAT_IMAGE || DOCKER_DEFAULTS.image,
    memory: size("CLARATEACH_SEAT_MEMORY", DOCKER_DEFAULTS.memory),
    cpus: number("CLARATEACH_SEAT_CPUS", DOCKER_DEFAULTS.cpus),
    pids: number("CLARATEACH_SEAT_PIDS", DOCKER_DEFAULTS.pids),
    disk: size("CLARATEACH_SEAT_DISK", DOCKER_DEFAULTS.disk),
    outbound: parseOutbound(env.CLARATEACH_OUTBOUND || "open"),
    allow: (env.CLARATEACH_OUTBOUND_ALLOW || "")
      .split(",")
      .flatMap((text) => (text.trim() === "" ? [] : [parseCidr("CLARATEACH_OUTBOUND_ALLOW", text)])),
    subnets: parseSubnets(env.CLARATEACH_SEAT_SUBNETS || DOCKER_DEFAULTS.subnets),
    ...(env.CLARATEACH_TRUSTED_CA ? { trustedCa: env.CLARATEACH_TRUSTED_CA } : {}),
    ...(env.CLARATEACH_OCI_RUNTIME ? { ociRuntime: env.CLARATEACH_OCI_RUNTIME } : {}),
  };
}
