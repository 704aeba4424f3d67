import { closeSync } from "node:fs";
import type { SeatConnections } from "../../../contract/api.ts";
import { Problem } from "../../../contract/errors.ts";
import type { Memory } from "../../../engine/memory.ts";
import { type Ends, ownPlug } from "../../../interfaces/ends.ts";
import { type DeviceGrant, type Grant, isLive, type MountGrant } from "../../../interfaces/grants.ts";
import type { ConnectAsk } from "../../asks.ts";
import type { Environment } from "../../tmux-environment.ts";
import type { DockerHost } from "../docker-host.ts";
import type { Trees } from "../layers/trees.ts";
import { seatObject } from "../names.ts";
import { compareGrants, grantsNoted } from "./connected.ts";
import { type DeviceConfig, findDevices } from "./devices.ts";
import { SeatInside } from "./inside.ts";
import { whyNotAsked } from "./may-connect.ts";
import { meantOf } from "./meant.ts";
import { setMounts } from "./mounts.ts";
import { notConnected, type Refused } from "./refused.ts";
import { openSource } from "./sources.ts";
import type { OpenTunnels, TunnelledGrant } from "./tunnels/open-tunnels.ts";
import { type ConnectionWish, type Wanted, wantedOf } from "./wanted.ts";

/** A definition's archive is read for it. */
const LOOK_MS = 30_000;

/** What a seat shall have of connections. */
export interface Giving {
  grants: readonly Grant[];
  /** What it may have besides. */
  former?: readonly Grant[];
  /** What goes does so though it is in use. */
  anyhow?: boolean;
}

/** What connections give seats, and how they get it while they run. */
export class Connector {
  constructor(
    private readonly host: DockerHost,
    private readonly trees: Trees,
    private readonly tunnels: OpenTunnels,
  ) {}

  /** @throws Problem when definition or SDKs can't be read */
  wanted(seat: number, wish: ConnectionWish, signal = AbortSignal.timeout(LOOK_MS)): Promise<Wanted> {
    const { given, settings } = this.host;
    const meant = meantOf(given.memory, seat);
    return wantedOf(seat, wish, { trees: this.trees, allowed: settings.allowedInterfaces, meant, signal });
  }

  /** @throws Problem as `wanted` */
  async view(seat: number, wish: ConnectionWish): Promise<SeatConnections> {
    const { ends, resolved } = await this.wanted(seat, wish);
    return {
      established: resolved.connections.map((one) => ({ ...one })),
      undesired: resolved.undesired.map((one) => ({ ...one })),
      plugs: plugsOf(ends),
      slots: [...ends.slots].map(([name, slot]) => ({ name, interface: slot.interface })),
      warnings: resolved.warnings,
    };
  }

  /** @param wish as it would be then @returns what it takes @throws Problem INVALID_INPUT saying why people can't have it */
  async mayConnect(seat: number, wish: ConnectionWish, ask: ConnectAsk): Promise<"live" | "new"> {
    const wanted = await this.wanted(seat, wish);
    const grant = wanted.grants.find(({ plug }) => plug === ask.plug);
    const isGiven = grant !== undefined && (ask.action === "remount" || (ask.action === "connect" && !ask.forget));
    const why = whyNotAsked(ask, wanted) ?? (isGiven ? await this.#whyNotGiven(seat, grant) : undefined);
    if (why !== undefined) throw new Problem("INVALID_INPUT", why);
    const has = grantsNoted(this.host.given.memory, seat);
    return compareGrants(has, wanted.grants) === "new" ? "new" : "live";
  }

  /** @throws Problem in its own words */
  async #whyNotGiven(seat: number, grant: Grant): Promise<string | undefined> {
    if (isDevice(grant)) return (await this.devices([grant])).missing[0]?.why;
    if (isTunnelled(grant)) return this.#whyNotOpened(seat, grant);
    if (this.#whyNoMounts) return notConnected(grant.plug, this.#whyNoMounts).why;
    if (grant.from.of === "machine") closeSync(openSource(grant.from.path, this.host.settings.mountSources));
    return undefined;
  }

  /** For a container that is made. @returns besides, what this machine hasn't */
  async devices(grants: readonly Grant[]): Promise<{ host: DeviceConfig; missing: Refused[] }> {
    const { deviceRoot: root } = this.host.settings;
    const devices = grants.filter(isDevice);
    if (devices.length === 0) return { host: NO_DEVICES, missing: [] };
    const { host, missing } = await findDevices(devices, { root, docker: await this.host.docker.info() });
    return { host, missing: missing.map(({ grant, why }) => notConnected(grant.plug, why)) };
  }

  /**
   * A seat that runs has these from now on, and of those that it had no others; so already is fine. One that doesn't run is left alone. Devices
   * its container has from its making on.
   * @returns what it couldn't be given @throws Problem when something can't be taken away
   */
  async give(seat: number, { grants, former = [], anyhow = false }: Giving): Promise<Refused[]> {
    const pid = await this.#running(seat);
    if (pid === undefined) {
      this.release(seat);
      return [];
    }
    using inside = new SeatInside(pid);
    // Of the very container that was asked for: a number may be another program's by now.
    if ((await this.#running(seat)) !== pid) return [];
    const of = { seat: inside, owner: this.#owner(seat), anyhow };
    const why = this.#whyNoMounts;
    const refused = why
      ? grants.filter(isMount).map(({ plug }) => notConnected(plug, why))
      : await setMounts(grants.filter(isMount), former.filter(isMount), of);
    return [...refused, ...(await this.tunnels.set(seat, grants.filter(isTunnelled)))];
  }

  /**
   * To one that runs, what is noted of it. What it can't have is a warning: a class begins without it.
   * @param memory a task's own, where that noted it: nobody else knows it before the task is done
   * @returns what it couldn't be given @throws Problem as `give`
   */
  async giveNoted(seat: number, memory: Pick<Memory, "get">): Promise<Refused[]> {
    const refused = await this.give(seat, { grants: grantsNoted(memory, seat), anyhow: true });
    this.warn(seat, refused);
    return refused;
  }

  /** It stops: nobody gets in from outside. */
  release(seat: number): void {
    this.tunnels.close(seat);
  }

  releaseAll(): void {
    this.tunnels.closeAll();
  }

  /** What new shells and programs of a seat know by its connections; undefined: they know it no more. */
  environment(seat: number): Environment {
    return this.tunnels.environment(seat);
  }

  async #whyNotOpened(seat: number, grant: TunnelledGrant): Promise<string | undefined> {
    const why = await this.tunnels.whyNot(grant, seat);
    return why === undefined ? undefined : notConnected(grant.plug, why).why;
  }

  /** For people, once each day. */
  warn(seat: number, warnings: readonly Refused[]): void {
    for (const { plug, why } of warnings) this.host.given.warn?.({ about: `connection ${seat} ${plug}`, message: why, seat });
  }

  get #whyNoMounts(): string | undefined {
    const { ociRuntime = "runc" } = this.host.settings;
    if (OF_THE_KERNEL.has(ociRuntime)) return undefined;
    return `seats under "${ociRuntime}" (CLARATEACH_OCI_RUNTIME) get no mounts while they run, for it has files of its own.`;
  }

  #owner(seat: number) {
    return { paths: this.host.paths(seat), uid: this.host.uid(seat), sources: this.host.settings.mountSources };
  }

  async #running(seat: number): Promise<number | undefined> {
    const found = await this.host.docker.inspectContainer(seatObject(this.host.name, seat));
    return found?.State.Running ? found.State.Pid : undefined;
  }
}

const NO_DEVICES: DeviceConfig = { Devices: [], DeviceRequests: [], GroupAdd: [] };

const isDevice = (grant: Grant): grant is DeviceGrant => !isLive(grant);
/** Runtimes whose containers have the kernel's own mounts; gVisor's and virtual machines have not. */
const OF_THE_KERNEL: ReadonlySet<string> = new Set(["runc", "crun", "nvidia"]);

const isTunnelled = (grant: Grant): grant is TunnelledGrant => grant.kind === "tunnel" || grant.kind === "ssh-agent";
const isMount = (grant: Grant): grant is MountGrant => grant.kind === "mount";

/** A bound one is what it is bound to. */
const plugsOf = (ends: Ends): SeatConnections["plugs"] =>
  [...ends.plugs.keys()].flatMap((name) => {
    const own = ownPlug(name, ends);
    return own ? [{ name, interface: own.end.interface }] : [];
  });
