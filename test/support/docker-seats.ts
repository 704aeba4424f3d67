import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineDocument } from "../../agent/contract/machine.ts";
import { DockerClient } from "../../agent/seats/docker/client/client.ts";
import { cidrOf } from "../../agent/seats/docker/network/addresses.ts";
import { haveBlock } from "../../agent/seats/docker/network/block.ts";
import type { Firewall } from "../../agent/seats/docker/network/firewall-rules.ts";
import { type DockerOptions, dockerRuntime } from "../../agent/seats/docker/runtime.ts";
import type { DockerSettings } from "../../agent/seats/docker/settings.ts";
import { openSeats, type SeatManager } from "../../agent/seats/manager.ts";
import type { RuntimeGiven } from "../../agent/seats/runtime.ts";
import type { Finished, SeatHandle } from "../../agent/seats/seat.ts";
import { documentOf } from "./document.ts";
import { until } from "./until.ts";

/** A machine of the tests with seats in containers. */
export interface DockerSeats {
  directory: string;
  machine: string;
  readonly manager: SeatManager;
  /** Ready, made on first use. */
  seat(seat: number): Promise<SeatHandle>;
  /** A shell line in a seat, as the learner; both outputs in one. */
  sh(seat: number, line: string): Promise<Finished>;
  /** As an agent that starts again. @param away what happens while there is none */
  reopen(away?: () => Promise<unknown>): Promise<void>;
  /** Everything of it goes. */
  remove(): Promise<void>;
}

/** What seats are made from where that isn't what is tried: of the agent's own SDKs the one that fetches nothing. */
export const PLAIN = { definition: "name: plain\nbase: debian@12\nsdks:\n  - name: system\n    source: system\n" } as const;

/** @param starter a file that is unpacked in every workspace  @param onTrouble what the agent would log  @param wish of its document */
export async function dockerSeats(
  numbers: readonly number[],
  options: DockerOptions,
  starter?: { name: string; bytes: Uint8Array },
  onTrouble: (error: unknown) => void = () => {},
  environment?: RuntimeGiven["environment"],
  wish: Partial<MachineDocument> = PLAIN,
  cli?: RuntimeGiven["cli"],
): Promise<DockerSeats> {
  const directory = mkdtempSync(join(tmpdir(), "ct-docker-"));
  const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  let revision = 0;
  const digest = "0".repeat(64);
  if (starter) writeFileSync(join(directory, digest), starter.bytes);
  const more = starter ? { starter: { digest, name: starter.name } } : {};
  const open = async () => {
    const manager = await openSeats({
      directory,
      machine,
      runtime: dockerRuntime(options),
      starterPath: (digest) => join(directory, digest),
      onTrouble,
      ...(environment && { environment }),
      ...(cli && { cli }),
    });
    manager.want(documentOf(machine, ++revision, { numbers: [...numbers], ...more, ...wish }));
    return manager;
  };
  let manager = await open();
  const seat = (number: number) =>
    until(`seat ${number} to be ready (${JSON.stringify(manager.report())})`, () => manager.seat(number));
  const remove = async () => {
    // Closed first: it would make its seats again.
    await manager.close();
    await manager.runtime.removeEverything();
    rmSync(directory, { recursive: true, force: true });
  };
  await Promise.all(numbers.map(seat)).catch(async (error) => {
    const report = JSON.stringify(manager.report(), null, 1);
    await remove();
    throw new Error(`${error.message}\n${report}`);
  });
  return {
    ...{ directory, machine, seat },
    get manager() {
      return manager;
    },
    sh: async (number, line) => (await seat(number)).exec(["bash", "-c", `exec 2>&1; ${line}`]),
    async reopen(away) {
      await manager.close();
      await away?.();
      manager = await open();
    },
    remove,
  };
}

/** The firewall that a machine of these settings has. */
export async function wallOf(machine: string, { socket, subnets, outbound, allow }: DockerSettings): Promise<Firewall> {
  const block = cidrOf(await haveBlock(new DockerClient(socket), { machine, directory: "/" }, subnets));
  return { machine, subnets, block, outbound, allow, admitted: [], open: [] };
}
