import { readdir, rm } from "node:fs/promises";
import type { RefreshPlan, SeatConnections } from "../../contract/api.ts";
import { Problem } from "../../contract/errors.ts";
import type { SeatImage } from "../../contract/image.ts";
import type { Leftovers, SeatUsage } from "../../contract/machine.ts";
import { parseSeatName } from "../../contract/seats.ts";
import { writtenName } from "../../definition/listed.ts";
import type { Json } from "../../engine/memory.ts";
import type { ConnectAsk } from "../asks.ts";
import type { MakeRuntime, Runtime, RuntimeGiven, SeatCondition, SeatWish } from "../runtime.ts";
import type { SeatHandle } from "../seat.ts";
import { Besides } from "./beside/besides.ts";
import { type DockerClient, REPORT_LIMIT_MS } from "./client/client.ts";
import { DockerError } from "./client/http.ts";
import { compareGrants, grantsNoted } from "./connect/connected.ts";
import { Connector } from "./connect/connector.ts";
import { OpenTunnels } from "./connect/tunnels/open-tunnels.ts";
import { writeClaudeSettings } from "./container/claude-files.ts";
import { runsAs } from "./container/container.ts";
import { sweepSeat } from "./container/sweep.ts";
import { diskUse, exists, isWhole, loopsUnder, mountDisk, removeDisk } from "./disk/disk.ts";
import { DockerHost } from "./docker-host.ts";
import { handleOf } from "./handle.ts";
import { handlersOf } from "./handlers.ts";
import { removeBuilders } from "./image/builder.ts";
import { RECIPE_LABEL } from "./image/recipe.ts";
import { removeBuilderNetwork } from "./layers/build.ts";
import { BUILDER_LIMITS, type BuilderLimits } from "./layers/builder.ts";
import { removeCaches } from "./layers/caches.ts";
import { requireOurSeat, requireOurTasks } from "./layers/format.ts";
import { LayerStore } from "./layers/layer-store.ts";
import { removeOwnLayers, sweepOwnLayers } from "./layers/own.ts";
import { sweepLayers } from "./layers/sweep.ts";
import { LiveSeats } from "./live.ts";
import { imagesMadeFrom, madeOf } from "./made.ts";
import { machineLabels, SEAT_LABEL, seatObject, UID_LABEL } from "./names.ts";
import { releaseBlock } from "./network/block.ts";
import { removeFirewall } from "./network/firewall.ts";
import type { Upstream } from "./network/name-servers.ts";
import { bridgedSeats, builderIsConnected, isConnected, removeBridge, removeCable } from "./network/network.ts";
import {
  connectSeat,
  GENTLE,
  listOf,
  makeSeat,
  prepare,
  removeSeat,
  renewSeat,
  repairSeat,
  type SdkList,
  stopSeat,
} from "./request.ts";
import type { SeatParts } from "./seat-task.ts";
import type { DockerSettings } from "./settings.ts";
import { Watch } from "./watch.ts";

export interface DockerOptions {
  settings: DockerSettings;
  /** Where seats' questions for names go; the machine's own name servers otherwise. */
  upstream?: () => Promise<readonly Upstream[]>;
  /** Of what builds layers. */
  limits?: BuilderLimits;
}

/** What real machines run: a seat is a container with a disk and a network of its own. Needs root. */
export function dockerRuntime(options: DockerOptions): MakeRuntime {
  return (given) => new DockerRuntime(given, options);
}

/** Nothing is urgent: they have been spare for an hour. */
const SWEEP_MS = 60 * 60_000;

/** An archive of a definition is read for it. */
const LOOK_MS = 30_000;

const DOES = { same: "same", live: "live", new: "restarts" } as const;

const isAway = (error: unknown): boolean => error instanceof DockerError && error.away;

class DockerRuntime implements Runtime {
  readonly name = "docker";
  readonly isolation = "container";
  readonly prepare = prepare;
  readonly makeSeat = makeSeat;
  readonly repairSeat = repairSeat;
  readonly renewSeat = renewSeat;
  readonly connectSeat = connectSeat;
  readonly stopSeat = stopSeat;
  readonly removeSeat = removeSeat;
  readonly gentle = GENTLE;
  readonly #host: DockerHost;
  readonly #live: LiveSeats;
  readonly #layers: LayerStore;
  readonly #connector: Connector;
  readonly #besides: Besides;
  #sweeping: Timer | undefined;
  #watch: Watch | undefined;
  #listener = () => {};

  constructor(given: RuntimeGiven, { settings, upstream, limits = BUILDER_LIMITS }: DockerOptions) {
    this.#host = new DockerHost(given, settings);
    this.#live = new LiveSeats(this.#host, upstream);
    this.#layers = new LayerStore(this.#host, this.#live.upstream, limits);
    this.#connector = new Connector(this.#host, this.#layers.trees, new OpenTunnels(this.#live));
    this.#besides = new Besides(this.#host, this.#live);
  }

  async open(): Promise<void> {
    if (process.getuid?.() !== 0)
      throw new Problem(
        "UNAVAILABLE",
        "Seats in containers need root (disks, firewall). Start the agent as root, or choose the runtime process.",
      );
    const { docker } = this.#host;
    await docker.version();
    await removeBuilders(docker, this.#host.name);
    await removeBuilderNetwork(this.#host.name);
    const sweep = () => this.#sweep(imagesMadeFrom(this.#host.given.memory));
    await sweep();
    this.#sweeping = setInterval(() => void sweep(), SWEEP_MS);
    this.#sweeping.unref();
    await this.#host.block();
    await this.#host.lookAtImage();
    const seats = await this.found();
    for (const seat of seats) await this.#mount(seat);
    if (seats.length > 0) await this.#host.wall.raise();
    const running = (await docker.listContainers(machineLabels(this.#host.name))).filter(({ State }) => State === "running");
    // One that its learner holds is no reason to leave the others alone.
    await Promise.allSettled(
      running.map(({ Id: container, Labels }) => sweepSeat({ docker, container, uid: Number(Labels[UID_LABEL] ?? 0) })),
    );
    await this.#live.resume();
    // A seat that has its connections keeps them; what an agent was killed at is done again. One that ends now is started again, and has them then.
    for (const seat of seats) await this.#connector.giveNoted(seat, this.#host.given.memory).catch(() => {});
    this.#watch = new Watch(this.#host, this.#live, this.#besides, () => this.#listener());
  }

  /** Layers that nobody uses. What fails now is tried at the next sweep. */
  async #sweep(kept: readonly string[]): Promise<void> {
    await sweepLayers(this.#host.docker, kept).catch(() => {});
    await sweepOwnLayers(this.#host.docker, this.#host.name, this.#host.given.memory).catch(() => {});
  }

  /** A disk that is damaged is its seat's trouble: what repairs it says why it can't. */
  async #mount(seat: number): Promise<void> {
    const paths = this.#host.paths(seat);
    if (await exists(paths.image)) await mountDisk(paths, this.#host.uid(seat)).catch(() => {});
  }

  get handlers() {
    return handlersOf(this.#parts);
  }

  handle(seat: number, generation: number): SeatHandle {
    return handleOf(this.#parts, seat, generation);
  }

  get #parts(): SeatParts {
    return { host: this.#host, live: this.#live, layers: this.#layers, connector: this.#connector, besides: this.#besides };
  }

  /** The seat's record doesn't say which image it has: that is what counts here. */
  async compare(from: SeatWish, to: SeatWish): Promise<"same" | "live" | "new"> {
    const before = madeOf(this.#host.given.memory, from.seat);
    const { made, count } = await this.#layers.find(listOf(to), AbortSignal.timeout(LOOK_MS));
    const same = count === made.trees.length && before?.image === made.image && Bun.deepEquals(before.trees, made.trees);
    if (!same) return "new";
    const has = grantsNoted(this.#host.given.memory, from.seat);
    return compareGrants(has, (await this.#connector.wanted(to.seat, to)).grants);
  }

  connections(wish: SeatWish): Promise<SeatConnections> {
    return this.#connector.view(wish.seat, wish);
  }

  mayConnect(wish: SeatWish, ask: ConnectAsk): Promise<"live" | "new"> {
    return this.#connector.mayConnect(wish.seat, wish, ask);
  }

  async plan(seats: readonly { from: SeatWish; to: SeatWish }[]): Promise<RefreshPlan> {
    const [first] = seats;
    const sdks = first ? await this.#layersOf(listOf(first.to)) : [];
    const does = seats.map(async ({ from, to }) => ({ seat: to.seat, does: DOES[await this.compare(from, to)] }));
    return { sdks, seats: await Promise.all(does) };
  }

  async #layersOf(list: SdkList): Promise<RefreshPlan["sdks"]> {
    const { count } = await this.#layers.find(list, AbortSignal.timeout(LOOK_MS));
    return list.sdks.map((sdk, i) => ({ name: writtenName(sdk), layer: i < count ? "reused" : "built" }));
  }

  requireOurs(what: { seat: number } | { tasks: readonly Json[] }): void {
    if ("tasks" in what) requireOurTasks(what.tasks);
    else requireOurSeat(madeOf(this.#host.given.memory, what.seat));
  }

  async inspect(seat: number): Promise<SeatCondition> {
    const paths = this.#host.paths(seat);
    if (!(await exists(paths.image))) return "off";
    // A daemon that doesn't answer throws: then nobody knows, and seats stay what they were.
    const found = await this.#ask((docker) => docker.inspectContainer(seatObject(this.#host.name, seat)));
    const whole = runsAs(found, this.#host.uid(seat)) && isConnected(this.#host.name, seat) && (await isWhole(paths));
    return whole ? "ready" : "stopped";
  }

  async found(): Promise<number[]> {
    const { name, seatsDirectory } = this.#host;
    const directories = (await readdir(seatsDirectory).catch(() => [])).flatMap((entry) => parseSeatName(entry) ?? []);
    const containers = (await this.#ask((docker) => docker.listContainers(machineLabels(name)))).map(({ Labels }) =>
      Number(Labels[SEAT_LABEL]),
    );
    return [...new Set([...directories, ...containers, ...(await bridgedSeats(name))])]
      .filter(Number.isInteger)
      .sort((a, b) => a - b);
  }

  /** @throws Problem that has the same words each time */
  async #ask<T>(question: (docker: DockerClient) => Promise<T>): Promise<T> {
    return question(this.#host.docker).catch((cause) => {
      if (!isAway(cause)) throw cause;
      const what = `Docker doesn't answer at "${this.#host.settings.socket}": seats go on as they are, none is made or repaired`;
      throw new Problem("UNAVAILABLE", `${what}. Start it: systemctl start docker.`, { cause });
    });
  }

  async leftovers(): Promise<Leftovers> {
    const { name, seatsDirectory } = this.#host;
    const { containers, processes } = await this.#containersLeft();
    const seats = (await readdir(seatsDirectory).catch(() => [])).flatMap((entry) => parseSeatName(entry) ?? []);
    const bytes = await Promise.all(seats.map((seat) => diskUse(this.#host.paths(seat))));
    const add = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
    return {
      processes,
      // A container has its own root, running or not.
      directories: containers + seats.length + (await loopsUnder(seatsDirectory)).length,
      sockets: (await bridgedSeats(name)).length + (builderIsConnected(name) ? 1 : 0),
      bytes: add(bytes),
    };
  }

  /** What nobody can look at isn't gone: while Docker is away there is one at least. */
  async #containersLeft(): Promise<{ containers: number; processes: number }> {
    const { docker, name } = this.#host;
    try {
      const containers = await docker.listContainers(machineLabels(name), REPORT_LIMIT_MS);
      const processes = await Promise.all(containers.map(({ Id }) => docker.countProcesses(Id)));
      return { containers: containers.length, processes: processes.reduce((sum, count) => sum + count, 0) };
    } catch (error) {
      if (isAway(error)) return { containers: 1, processes: 0 };
      throw error;
    }
  }

  async removeEverything(): Promise<Leftovers> {
    const { docker, name, seatsDirectory } = this.#host;
    const before = await this.leftovers();
    this.#connector.releaseAll();
    await this.#besides.endAll();
    this.#live.forgetAll();
    for (const { Id } of await docker.listContainers(machineLabels(name))) await docker.removeContainer(Id);
    await removeBuilderNetwork(name);
    await removeCaches(docker, name);
    for (const seat of await bridgedSeats(name)) {
      await removeCable(name, seat);
      await removeBridge(name, seat);
    }
    for (const entry of await readdir(seatsDirectory).catch(() => [])) {
      const seat = parseSeatName(entry);
      if (seat !== undefined) await removeDisk(this.#host.paths(seat));
    }
    await rm(seatsDirectory, { recursive: true, force: true });
    await this.#host.unmountProject();
    await this.#sweep([]);
    await removeOwnLayers(docker, name);
    // The last seats that were made from one which has a successor by now.
    await docker.pruneImages(RECIPE_LABEL);
    await removeFirewall(name);
    releaseBlock(name);
    return before;
  }

  async needs(): Promise<{ directories: readonly string[]; away?: string }> {
    try {
      const { DockerRootDir } = await this.#ask((docker) => docker.info(REPORT_LIMIT_MS));
      return { directories: [DockerRootDir] };
    } catch (error) {
      if (error instanceof Problem) return { directories: [], away: error.message };
      throw error;
    }
  }

  image(): SeatImage | undefined {
    return this.#host.image;
  }

  setClaude(seat: number): Promise<void> {
    return writeClaudeSettings(this.#host, seat);
  }

  async usage(seat: number): Promise<SeatUsage | undefined> {
    const found = await this.#host.docker.stats(seatObject(this.#host.name, seat)).catch((error) => {
      if (isAway(error)) return undefined;
      throw error;
    });
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
    clearInterval(this.#sweeping);
    this.#watch?.close();
    this.#connector.releaseAll();
    void this.#besides.endAll();
    this.#live.forgetAll();
  }
}
