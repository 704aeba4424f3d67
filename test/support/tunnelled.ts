import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { Problem } from "../../agent/contract/errors.ts";
import type { TunnelGrant } from "../../agent/interfaces/grants.ts";
import { OpenTunnels } from "../../agent/seats/docker/connect/tunnels/open-tunnels.ts";
import type { LiveSeats } from "../../agent/seats/docker/live.ts";
import { seatPaths } from "../../agent/seats/docker/names.ts";
import { DOCKER_DEFAULTS } from "../../agent/seats/docker/settings.ts";

/** What a tunnel needs of seats, without containers: a network each, and a directory that stands for its disk. */
export class SeatsOfNetworks {
  readonly directory = mkdtempSync(join(tmpdir(), "ct-tunnels-"));
  /** The operator's, for sockets. */
  readonly sockets = join(this.directory, "sockets");
  readonly tunnels: OpenTunnels;
  readonly #networks = new Map<number, string>();

  /** @param sockets none where it is null */
  constructor(uid = process.getuid?.() ?? 0, sockets?: null) {
    mkdirSync(this.sockets);
    const network = (seat: number) => {
      const name = this.#networks.get(seat);
      if (name === undefined) throw new Problem("UNAVAILABLE", `Seat ${seat} isn't running.`);
      return `/var/run/netns/${name}`;
    };
    this.tunnels = new OpenTunnels({
      ...{ network, find: async (seat: number) => ({ container: "", network: network(seat) }) },
      host: {
        settings: { ...DOCKER_DEFAULTS, ...(sockets === null ? {} : { tunnelSockets: this.sockets }) },
        paths: (seat: number) => seatPaths(this.directory, seat),
        uid: () => uid,
        gid: () => uid,
      },
    } as unknown as LiveSeats);
  }

  paths(seat: number) {
    return seatPaths(this.directory, seat);
  }

  /** Again: with another network. @returns its file */
  async start(seat: number): Promise<string> {
    await this.stop(seat);
    const name = `tn${Bun.randomUUIDv7().slice(-8)}`;
    await $`ip netns add ${name} && ip -n ${name} link set lo up`.quiet();
    for (const place of ["workspace", "home", "tmp"] as const) mkdirSync(this.paths(seat)[place], { recursive: true });
    this.#networks.set(seat, name);
    return `/var/run/netns/${name}`;
  }

  async stop(seat: number): Promise<void> {
    const name = this.#networks.get(seat);
    this.#networks.delete(seat);
    if (name !== undefined) await $`ip netns del ${name}`.quiet();
  }

  async remove(): Promise<void> {
    this.tunnels.closeAll();
    for (const seat of [...this.#networks.keys()]) await this.stop(seat);
    rmSync(this.directory, { recursive: true });
  }
}

export const intoSeat = (listens: string, leads: string): TunnelGrant => ({
  ...{ kind: "tunnel", plug: "system:web" },
  listens: { on: "machine", endpoint: listens },
  leads: { to: "seat", endpoint: leads },
});

export const outOfSeat = (listens: string, leads: string): TunnelGrant => ({
  ...{ kind: "tunnel", plug: "work:db" },
  listens: { on: "seat", endpoint: listens },
  leads: { to: "machine", endpoint: leads },
});
