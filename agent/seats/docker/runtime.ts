import { readdir, rm } from "node:fs/promises";
import { Problem } from "../../contract/errors.ts";
import type { Leftovers, SeatUsage } from "../../contract/machine.ts";
import { parseSeatName } from "../../contract/seats.ts";
import type { MakeRuntime, Runtime, RuntimeGiven, SeatCondition } from "../runtime.ts";
import type { SeatHandle } from "../seat.ts";
import { releaseBlock } from "./block.ts";
import { removeBuilders } from "./builder.ts";
import { diskUse, exists, isWhole, loopsUnder, mountDisk, removeDisk } from "./disk.ts";
import { firewallStands, raiseFirewall, removeFirewall } from "./firewall.ts";
import { handleOf } from "./handle.ts";
import { handlersOf } from "./handlers.ts";
import { LiveSeats } from "./live.ts";
import { Machine } from "./machine.ts";
import { machineLabels, SEAT_LABEL, seatObject } from "./names.ts";
import { bridgedSeats, isConnected, removeBridge } from "./network.ts";
import { makeSeat, prepare, removeSeat, repairSeat, stopSeat } from "./request.ts";
import type { Upstream } from "./resolver.ts";
import type { DockerSettings } from "./settings.ts";
import { sweepSeat } from "./sweep.ts";

/** Between looks whether somebody flushed the machine's firewall. */
const FIREWALL_LOOK_MS = 30_000;
/** Before the daemon is asked again whether it is back. */
const DAEMON_LOOK_MS = 500;

/** Of all that Docker tells, what changes whether a seat is there. */
const TELLING: ReadonlySet<string> = new Set(["die", "destroy", "start"]);

export interface DockerOptions {
  settings: DockerSettings;
  /** Where seats' questions for names go; the machine's own name servers otherwise. */
  upstream?: () => Promise<readonly Upstream[]>;
}

/** What real machines run: a seat is a container with a disk and a network of its own. Needs root. */
export function dockerRuntime({ settings, upstream }: DockerOptions): MakeRuntime {
  return (given) => new DockerRuntime(given, settings, upstream);
}

class DockerRuntime implements Runtime {
  readonly name = "docker";
  readonly isolation = "container";
  readonly prepare = prepare;
  readonly makeSeat = makeSeat;
  readonly repairSeat = repairSeat;
  readonly stopSeat = stopSeat;
  readonly removeSeat = removeSeat;
  readonly #machine: Machine;
  readonly #live: LiveSeats;
  readonly #closing = new AbortController();
  #timer: Timer | undefined;
  #listener = () => {};

  constructor(given: RuntimeGiven, settings: DockerSettings, upstream: DockerOptions["upstream"]) {
    this.#machine = new Machine(given, settings);
    this.#live = new LiveSeats(this.#machine, upstream);
  }

  async open(): Promise<void> {
    if (process.getuid?.() !== 0)
      throw new Problem(
        "UNAVAILABLE",
        "Seats in containers need root (disks, firewall). Start the agent as root, or choose the runtime process.",
      );
    const { docker } = this.#machine;
    await docker.version();
    await removeBuilders(docker, this.#machine.name);
    const disks = (await this.found()).map((seat) => this.#machine.paths(seat));
    for (const paths of disks) if (await exists(paths.image)) await mountDisk(paths);
    if (disks.length > 0) await raiseFirewall(await this.#machine.firewall());
    for (const { Id, State } of await docker.listContainers(machineLabels(this.#machine.name))) {
      if (State === "running") await sweepSeat(docker, Id);
    }
    await this.#resume();
    void this.#watch();
    this.#timer = setInterval(() => void this.#keepFirewall(), FIREWALL_LOOK_MS);
    this.#timer.unref();
  }

  get handlers() {
    return handlersOf(this.#machine, this.#live);
  }

  handle(seat: number, generation: number): SeatHandle {
    return handleOf(this.#machine, this.#live, seat, generation);
  }

  async inspect(seat: number): Promise<SeatCondition> {
    const paths = this.#machine.paths(seat);
    if (!(await exists(paths.image))) return "off";
    // A daemon that doesn't answer throws: then nobody knows, and seats stay what they were.
    const found = await this.#machine.docker.inspectContainer(seatObject(this.#machine.name, seat));
    const whole = found?.State.Running && isConnected(this.#machine.name, seat) && (await isWhole(paths));
    return whole ? "ready" : "stopped";
  }

  async found(): Promise<number[]> {
    const { docker, name, seatsDirectory } = this.#machine;
    const directories = (await readdir(seatsDirectory).catch(() => [])).flatMap((entry) => parseSeatName(entry) ?? []);
    const containers = (await docker.listContainers(machineLabels(name))).map(({ Labels }) => Number(Labels[SEAT_LABEL]));
    return [...new Set([...directories, ...containers, ...(await bridgedSeats(name))])]
      .filter(Number.isInteger)
      .sort((a, b) => a - b);
  }

  async leftovers(): Promise<Leftovers> {
    const { docker, name, seatsDirectory } = this.#machine;
    const containers = await docker.listContainers(machineLabels(name));
    const processes = await Promise.all(containers.map(({ Id }) => docker.countProcesses(Id)));
    const seats = (await readdir(seatsDirectory).catch(() => [])).flatMap((entry) => parseSeatName(entry) ?? []);
    const bytes = await Promise.all(seats.map((seat) => diskUse(this.#machine.paths(seat))));
    const add = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
    return {
      processes: add(processes),
      // A container has its own root, running or not.
      directories: containers.length + seats.length + (await loopsUnder(seatsDirectory)).length,
      sockets: (await bridgedSeats(name)).length,
      bytes: add(bytes),
    };
  }

  async removeEverything(): Promise<Leftovers> {
    const { docker, name, seatsDirectory } = this.#machine;
    const before = await this.leftovers();
    this.#live.forgetAll();
    for (const { Id } of await docker.listContainers(machineLabels(name))) await docker.removeContainer(Id);
    for (const seat of await bridgedSeats(name)) await removeBridge(name, seat);
    for (const entry of await readdir(seatsDirectory).catch(() => [])) {
      const seat = parseSeatName(entry);
      if (seat !== undefined) await removeDisk(this.#machine.paths(seat));
    }
    await rm(seatsDirectory, { recursive: true, force: true });
    await removeFirewall(name);
    await releaseBlock(name);
    return before;
  }

  async usage(seat: number): Promise<SeatUsage | undefined> {
    const found = await this.#machine.docker.stats(seatObject(this.#machine.name, seat));
    const { usage, limit, stats } = found?.memory_stats ?? {};
    if (usage === undefined || limit === undefined) return undefined;
    // The kernel gives back what it only keeps of files that were read: as `docker stats` counts.
    const kept = stats?.total_inactive_file ?? stats?.inactive_file ?? 0;
    return { memoryBytes: usage - kept, memoryLimitBytes: limit, processes: found?.pids_stats.current ?? 0 };
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    this.#live.forgetAll();
  }

  /** Seats that run get their name server again. */
  async #resume(): Promise<void> {
    const containers = await this.#machine.docker.listContainers(machineLabels(this.#machine.name));
    const running = containers.filter(({ State }) => State === "running").map(({ Labels }) => Number(Labels[SEAT_LABEL]));
    await Promise.all(running.map((seat) => this.#live.find(seat).catch(() => {})));
  }

  /** As long as the daemon lives, it tells; when it comes back after an absence, everything is looked at again. */
  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    for (let first = true; !signal.aborted; first = false) {
      try {
        if (!first) await this.#daemonIsBack();
        for await (const { Action, Actor } of this.#machine.docker.events(machineLabels(this.#machine.name), signal)) {
          const seat = Number(Actor.Attributes[SEAT_LABEL]);
          if (Action === "die" || Action === "destroy") await this.#live.ended(seat, Actor.ID);
          if (Action === "start") await this.#live.find(seat).catch(() => {});
          if (TELLING.has(Action)) this.#listener();
        }
      } catch {
        // Asked again below.
      }
      if (!signal.aborted) await Bun.sleep(DAEMON_LOOK_MS);
    }
  }

  async #daemonIsBack(): Promise<void> {
    await this.#machine.docker.version();
    await raiseFirewall(await this.#machine.firewall());
    await this.#live.check();
    await this.#resume();
    this.#listener();
  }

  async #keepFirewall(): Promise<void> {
    if ((await this.found().catch(() => [])).length === 0) return;
    const wall = await this.#machine.firewall();
    if (!(await firewallStands(wall))) await raiseFirewall(wall).catch(() => {});
  }
}
