import { Problem } from "../../contract/errors.ts";
import { type NekoSettings, nekoSettings } from "../../contract/neko.ts";
import type { Interface } from "../../definition/interfaces.ts";
import { BY_HAND } from "../../interfaces/policy.ts";
import { type SdkSettings, sdkSettings } from "../sdks/settings.ts";
import { isPrivate, PRIVATE, rangeOf } from "./network/addresses.ts";
import type { SeatSizes } from "./sizes.ts";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export type Outbound =
  /** The Internet; never the machine itself, its neighbours' private addresses or a cloud's metadata. */
  | { policy: "open" }
  | { policy: "none" }
  /** `example.org` is that name, `.example.org` it and every name below. */
  | { policy: "names"; names: readonly string[] };

/** What of one seat is set; the machine's share otherwise (sizes.ts). */
export interface DockerSettings extends Partial<SeatSizes>, SdkSettings {
  /** The daemon's unix socket. */
  socket: string;
  /** The image seats are made from, `name:tag`. */
  image: string;
  outbound: Outbound;
  /** Private networks that seats may reach all the same, as CIDR: a school's git server. */
  allow: readonly string[];
  /** Seats' own networks are cut from it: an IPv4 network that nothing here uses, 64 addresses for each workshop. */
  subnets: string;
  /** PEM file with certificates that seats trust besides the public ones. */
  trustedCa?: string;
  /** Directories of this machine below which operators may take sources of seats' mounts. */
  mountSources: readonly string[];
  /** Another one than Docker's default. gVisor's must use the kernel's network (`--network=host`): a seat's is made after its start. */
  ociRuntime?: string;
  /** What definitions may have on this computer though seats get it by hand elsewhere. */
  allowedInterfaces: ReadonlySet<Interface>;
  /** Devices that seats may get are below its `dev` and `sys`. */
  deviceRoot: string;
  /** The directory of the machine in which tunnels may have sockets with a path. Missing: they may have none. */
  tunnelSockets?: string;
  /** Socket of an SSH agent of this machine whose keys seats may use when somebody connects one. Missing: none may. */
  sshAgent?: string;
  /** A seat may have a container beside it that shows its browser. Missing: none has. */
  neko?: NekoSettings;
}

export const DOCKER_DEFAULTS: DockerSettings = {
  socket: "/var/run/docker.sock",
  ...sdkSettings({}),
  image: "clarateach/base:1",
  outbound: { policy: "open" },
  allow: [],
  subnets: "10.222.0.0/16",
  allowedInterfaces: new Set(),
  deviceRoot: "/",
  // Where Linux keeps what a machine offers and what is mounted in it; no system's own files.
  mountSources: ["/srv", "/mnt", "/media"],
};

/** @param known names of the runtimes that Docker has @throws Problem `INVALID_INPUT` */
export function checkRuntime({ ociRuntime }: DockerSettings, known: readonly string[]): void {
  if (ociRuntime === undefined || known.includes(ociRuntime)) return;
  throw new Problem(
    "INVALID_INPUT",
    `CLARATEACH_OCI_RUNTIME is "${ociRuntime}", and Docker has only ${known.join(", ")}. Register it in /etc/docker/daemon.json, or leave the setting out.`,
  );
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

/** @throws Problem `INVALID_INPUT` */
function parseSources(text: string): readonly string[] {
  const places = text.split(",").map((one) => one.trim().replace(/\/+$/, ""));
  const bad = places.find((one) => !one.startsWith("/"));
  if (bad === undefined) return places;
  throw new Problem(
    "INVALID_INPUT",
    `CLARATEACH_MOUNT_SOURCES has "${bad}", not an absolute path of a directory below "/", such as "/srv".`,
  );
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

/** Names parted by commas. @throws Problem `INVALID_INPUT` */
function parseInterfaces(text: string): ReadonlySet<Interface> {
  const names = text.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  const known = [...BY_HAND];
  const bad = names.find((name) => !known.some((one) => one === name));
  if (bad === undefined) return new Set(known.filter((one) => names.includes(one)));
  throw new Problem("INVALID_INPUT", `CLARATEACH_ALLOWED_INTERFACES has "${bad}", not one of ${known.join(", ")}.`);
}

/** The settings of an environment; what isn't set has its default. @throws Problem `INVALID_INPUT` */
export function dockerSettings(env: Readonly<Record<string, string | undefined>>): DockerSettings {
  const size = (name: string) => parseSize(name, env[name] ?? "");
  const number = (name: string) => {
    const value = Number(env[name]);
    if (!Number.isFinite(value)) throw new Problem("INVALID_INPUT", `${name} is "${env[name]}", not a number.`);
    return value;
  };
  const neko = nekoSettings(env);
  return {
    socket: env.CLARATEACH_DOCKER_SOCKET || DOCKER_DEFAULTS.socket,
    ...sdkSettings(env),
    image: env.CLARATEACH_SEAT_IMAGE || DOCKER_DEFAULTS.image,
    ...(env.CLARATEACH_SEAT_MEMORY && { memory: size("CLARATEACH_SEAT_MEMORY") }),
    ...(env.CLARATEACH_SEAT_CPUS && { cpus: number("CLARATEACH_SEAT_CPUS") }),
    ...(env.CLARATEACH_SEAT_PIDS && { pids: number("CLARATEACH_SEAT_PIDS") }),
    ...(env.CLARATEACH_SEAT_DISK && { disk: size("CLARATEACH_SEAT_DISK") }),
    outbound: parseOutbound(env.CLARATEACH_OUTBOUND || "open"),
    allow: (env.CLARATEACH_OUTBOUND_ALLOW || "")
      .split(",")
      .flatMap((text) => (text.trim() === "" ? [] : [parseCidr("CLARATEACH_OUTBOUND_ALLOW", text)])),
    subnets: parseSubnets(env.CLARATEACH_SEAT_SUBNETS || DOCKER_DEFAULTS.subnets),
    mountSources: env.CLARATEACH_MOUNT_SOURCES ? parseSources(env.CLARATEACH_MOUNT_SOURCES) : DOCKER_DEFAULTS.mountSources,
    ...(env.CLARATEACH_TRUSTED_CA ? { trustedCa: env.CLARATEACH_TRUSTED_CA } : {}),
    ...(env.CLARATEACH_OCI_RUNTIME ? { ociRuntime: env.CLARATEACH_OCI_RUNTIME } : {}),
    allowedInterfaces: parseInterfaces(env.CLARATEACH_ALLOWED_INTERFACES || ""),
    deviceRoot: env.CLARATEACH_DEVICE_ROOT || DOCKER_DEFAULTS.deviceRoot,
    ...(env.CLARATEACH_SSH_AGENT ? { sshAgent: env.CLARATEACH_SSH_AGENT } : {}),
    ...(env.CLARATEACH_TUNNEL_SOCKETS ? { tunnelSockets: env.CLARATEACH_TUNNEL_SOCKETS } : {}),
    ...(neko ? { neko } : {}),
  };
}
