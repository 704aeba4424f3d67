import { Problem } from "../../contract/errors.ts";
import { seatName } from "../../contract/seats.ts";
import { DockerError } from "./client/http.ts";
import type { DockerHost } from "./docker-host.ts";
import { machineLabels, SEAT_LABEL, seatObject } from "./names.ts";
import { machineNameServers, type Upstream } from "./network/name-servers.ts";
import { Resolver } from "./network/resolver.ts";

/** A seat's container that runs. */
export interface Live {
  container: string;
  /** Its network namespace's file. */
  network: string;
}

/** What is known of running seats, and the name server in each. Forgotten when the daemon tells that one ended. */
export class LiveSeats {
  readonly #known = new Map<number, Promise<Live & { resolver: Resolver }>>();
  readonly #networks = new Map<number, string>();

  constructor(
    readonly host: DockerHost,
    readonly upstream: () => Promise<readonly Upstream[]> = machineNameServers,
  ) {}

  /** @throws Problem `UNAVAILABLE` when it doesn't run */
  find(seat: number): Promise<Live> {
    let known = this.#known.get(seat);
    if (!known) {
      known = this.#look(seat);
      this.#known.set(seat, known);
      known.catch(() => this.#known.get(seat) === known && this.#known.delete(seat));
    }
    return known;
  }

  /** Its namespace's file, when it is known that it runs. @throws Problem `UNAVAILABLE` */
  network(seat: number): string {
    const network = this.#networks.get(seat);
    if (network === undefined) throw notRunning(seat);
    return network;
  }

  /** Uses the running seat; when it turns out to be another container by now, once more with that one. */
  async use<T>(seat: number, use: (live: Live) => Promise<T>): Promise<T> {
    try {
      return await use(await this.find(seat));
    } catch (error) {
      if (!(error instanceof DockerError) || (error.status !== 404 && error.status !== 409)) throw error;
      this.forget(seat);
      return use(await this.find(seat));
    }
  }

  forget(seat: number): void {
    const known = this.#known.get(seat);
    this.#known.delete(seat);
    this.#networks.delete(seat);
    known?.then(({ resolver }) => resolver.close()).catch(() => {});
  }

  /** This container ended; the seat may have another by now. @returns whether it was the seat's */
  async ended(seat: number, container: string): Promise<boolean> {
    const known = this.#known.get(seat);
    const live = await known?.catch(() => undefined);
    const was = live?.container === container && this.#known.get(seat) === known;
    if (was) this.forget(seat);
    return was;
  }

  /** After the daemon was away: what isn't as it was is forgotten. */
  async check(): Promise<void> {
    for (const [seat, known] of [...this.#known]) {
      const live = await known.catch(() => undefined);
      const found = await this.host.docker.inspectContainer(seatObject(this.host.name, seat));
      const same = found?.State.Running && found.Id === live?.container && found.NetworkSettings.SandboxKey === live.network;
      if (!same && this.#known.get(seat) === known) this.forget(seat);
    }
  }

  /** Seats that run get their name server again. */
  async resume(): Promise<void> {
    const containers = await this.host.docker.listContainers(machineLabels(this.host.name));
    const running = containers.filter(({ State }) => State === "running").map(({ Labels }) => Number(Labels[SEAT_LABEL]));
    await Promise.all(running.map((seat) => this.find(seat).catch(() => {})));
  }

  forgetAll(): void {
    for (const seat of [...this.#known.keys()]) this.forget(seat);
  }

  async #look(seat: number): Promise<Live & { resolver: Resolver }> {
    const found = await this.host.docker.inspectContainer(seatObject(this.host.name, seat));
    if (!found?.State.Running) throw notRunning(seat);
    const network = found.NetworkSettings.SandboxKey;
    const resolver = new Resolver({
      network,
      outbound: this.host.settings.outbound,
      admit: (address) => this.host.wall.admit(seat, address),
      upstream: this.upstream,
    });
    await resolver.open();
    this.#networks.set(seat, network);
    return { container: found.Id, network, resolver };
  }
}

const notRunning = (seat: number): Problem =>
  new Problem("UNAVAILABLE", `Seat ${seatName(seat)} isn't running. It is started again within seconds.`);
