import { createHash } from "node:crypto";
import { join } from "node:path";
import { seatName } from "../../contract/seats.ts";
import type { Labels } from "./client/types.ts";

/** Everything of ours in Docker carries these, so that it can be found without remembering. */
export const MACHINE_LABEL = "clarateach.machine";
export const SEAT_LABEL = "clarateach.seat";
/** Of a container beside a seat's: that seat. It isn't found as one of the seat's own. */
export const BESIDE_LABEL = "clarateach.beside";
/** Of a seat's container: whose programs run in it. */
export const UID_LABEL = "clarateach.uid";

/** What every seat's learner is called inside; on the machine each is somebody else (uid.ts). */
export const LEARNER = { name: "learner", home: "/home/learner" } as const;
/** Who serves what is beside a seat: nobody of the seat's. */
export const NEKO = { name: "neko", home: "/run/neko" } as const;
export const WORKSPACE = "/workspace";
export const RUN_INSIDE = "/run/clarateach";
/** Where hooks reach the engine. */
export const ENGINE_INSIDE = "/var/lib/workshop/run";
/** Where hooks save what their SDK knows, and find it again. */
export const STATE_INSIDE = "/var/lib/workshop/state";
/** The same directory as `/workspace`, by the name that SDKs' hooks know. */
export const PROJECT = "/project";
/** In the seat's own network nobody else has it. */
export const CDP_PORT = 9222;
/** Where programs ask for names, of whatever network. */
export const NAME_PORT = 53;

export const machineLabels = (machine: string): Labels => ({ [MACHINE_LABEL]: machine });
export const seatLabels = (machine: string, seat: number): Labels => ({ ...machineLabels(machine), [SEAT_LABEL]: String(seat) });

/** Who has a network of the machine's: a seat by its number, or the builder of its layers. */
export type Tenant = number | "build";

/** `clarateach-ws-abc-seat-04`: the container. */
export const seatObject = (machine: string, seat: number): string => `${machine}-seat-${seatName(seat)}`;

/** What it was before it was made again, while that can still go wrong. */
export const stashOf = (container: string): string => `${container}.stash`;

/** What shows its browser, in its network. */
export const besideName = (container: string): string => `${container}.beside`;

/** Interface and chain names are short (15 and 28 characters): six hex digits stand for the machine. */
export const machineHash = (machine: string): string => createHash("sha256").update(machine).digest("hex").slice(0, 6);

/** `ct3fa91b-`: every bridge of this machine's seats begins with it, and nothing else does. */
export const bridgePrefix = (machine: string): string => `ct${machineHash(machine)}-`;
export const bridgeOf = (machine: string, tenant: Tenant): string => bridgePrefix(machine) + tenantName(tenant);
/** The machine's ends of seats' cables. */
export const cablePrefix = (machine: string): string => `cv${machineHash(machine)}-`;
export const cableOf = (machine: string, tenant: Tenant): string => cablePrefix(machine) + tenantName(tenant);

const tenantName = (tenant: Tenant): string => (tenant === "build" ? tenant : seatName(tenant));

/** Where a project's directory is mounted while its machine has seats. Nothing is ever deleted below: it is a person's own work. */
export interface ProjectPaths {
  /** For containers, as it is: its links lead where they lead in there. */
  inner: string;
  /** For the agent: the kernel follows no symbolic link here. */
  mount: string;
}

export function projectPaths(machine: string): ProjectPaths {
  const own = join("/run/clarateach/projects", machine);
  return { inner: join(own, "inner"), mount: join(own, "mount") };
}

/** Where a seat's things are on the machine. */
export interface SeatPaths {
  directory: string;
  /** The ext4 image. */
  image: string;
  /** Where it is mounted for the container. The agent never goes this way: a learner's link would lead it anywhere. */
  inner: string;
  /** Where it is mounted for the agent: the kernel follows no symbolic link here. All below are ways through this one. */
  mount: string;
  workspace: string;
  /** The same, for the container. */
  innerWorkspace: string;
  /** The workspace is this one's directory, and not of the disk. */
  project?: ProjectPaths;
  home: string;
  tmp: string;
  run: string;
  /** What SDKs save of a seat that is made again. Only root makes directories there. */
  state: string;
  /** Directories that are kept for its plugs. The learner gets into those alone. */
  mounts: string;
  /** Settings of the Claude CLI. Beside the disk: the learner reads them and changes none. */
  cli: string;
  /** For the socket by which hooks reach the engine. Beside the disk, as the learner writes nothing there. */
  engine: string;
}

/** @param directory the machine's @param project whose workshop the seat is */
export function seatPaths(directory: string, seat: number, project?: ProjectPaths): SeatPaths {
  const own = join(seatsDirectory(directory), seatName(seat));
  const [mount, inner] = [join(own, "disk"), join(own, "inner")];
  const workspaces = project
    ? { workspace: project.mount, innerWorkspace: project.inner, project }
    : { workspace: join(mount, "workspace"), innerWorkspace: join(inner, "workspace") };
  return {
    directory: own,
    image: join(own, "disk.img"),
    inner,
    mount,
    ...workspaces,
    home: join(mount, "home"),
    tmp: join(mount, "tmp"),
    run: join(mount, "run"),
    state: join(mount, "state"),
    mounts: join(mount, "mounts"),
    cli: join(own, "claude-code"),
    engine: join(own, "engine"),
  };
}

export const seatsDirectory = (directory: string): string => join(directory, "seats");
