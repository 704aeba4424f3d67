import { createHash } from "node:crypto";
import { join } from "node:path";
import { seatName } from "../../contract/seats.ts";
import type { Labels } from "./client/types.ts";

/** Everything of ours in Docker carries these, so that it can be found without remembering. */
export const MACHINE_LABEL = "clarateach.machine";
export const SEAT_LABEL = "clarateach.seat";
/** Of a seat's container: whose programs run in it. */
export const UID_LABEL = "clarateach.uid";

/** What every seat's learner is called inside; on the machine each is somebody else (uid.ts). */
export const LEARNER = { name: "learner", home: "/home/learner" } as const;
export const WORKSPACE = "/workspace";
export const RUN_INSIDE = "/run/clarateach";
/** Where hooks reach the engine. */
export const ENGINE_INSIDE = "/var/lib/workshop/run";
/** In the seat's own network nobody else has it. */
export const CDP_PORT = 9222;

export const machineLabels = (machine: string): Labels => ({ [MACHINE_LABEL]: machine });
export const seatLabels = (machine: string, seat: number): Labels => ({ ...machineLabels(machine), [SEAT_LABEL]: String(seat) });

/** Who has a network of the machine's: a seat by its number, or the builder of its layers. */
export type Tenant = number | "build";

/** `clarateach-ws-abc-seat-04`: the container. */
export const seatObject = (machine: string, seat: number): string => `${machine}-seat-${seatName(seat)}`;

/** Interface and chain names are short (15 and 28 characters): six hex digits stand for the machine. */
export const machineHash = (machine: string): string => createHash("sha256").update(machine).digest("hex").slice(0, 6);

/** `ct3fa91b-`: every bridge of this machine's seats begins with it, and nothing else does. */
export const bridgePrefix = (machine: string): string => `ct${machineHash(machine)}-`;
export const bridgeOf = (machine: string, tenant: Tenant): string => bridgePrefix(machine) + tenantName(tenant);
/** The machine's ends of seats' cables. */
export const cablePrefix = (machine: string): string => `cv${machineHash(machine)}-`;
export const cableOf = (machine: string, tenant: Tenant): string => cablePrefix(machine) + tenantName(tenant);

const tenantName = (tenant: Tenant): string => (tenant === "build" ? tenant : seatName(tenant));

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
  home: string;
  tmp: string;
  run: string;
  /** Settings of the Claude CLI. Beside the disk: the learner reads them and changes none. */
  cli: string;
  /** For the socket by which hooks reach the engine. Beside the disk, as the learner writes nothing there. */
  engine: string;
}

/** @param directory the machine's */
export function seatPaths(directory: string, seat: number): SeatPaths {
  const own = join(seatsDirectory(directory), seatName(seat));
  const mount = join(own, "disk");
  return {
    directory: own,
    image: join(own, "disk.img"),
    inner: join(own, "inner"),
    mount,
    workspace: join(mount, "workspace"),
    home: join(mount, "home"),
    tmp: join(mount, "tmp"),
    run: join(mount, "run"),
    cli: join(own, "claude-code"),
    engine: join(own, "engine"),
  };
}

export const seatsDirectory = (directory: string): string => join(directory, "seats");
