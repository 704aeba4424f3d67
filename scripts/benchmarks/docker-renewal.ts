import type { ChangeView, TaskView } from "../../agent/contract/changes.ts";
import { createNetwork, removeNetwork } from "../../test/support/docker-networks.ts";
import { type PrivateDocker, startDocker } from "../../test/support/dockerd.ts";
import { type Layered, layered, type OwnSdks, writeDefinition } from "../../test/support/layered.ts";
import { sideBySide, startBare } from "./bare.ts";
import { type Figure, percentile } from "./figures.ts";

const TEN = Array.from({ length: 10 }, (_, i) => i + 1);
const MiB = 1024 ** 2;
/** Of which the median counts. */
const ROUNDS = 5;
const LOOKS = 20;

/** Two tiny ones, whose layers are there after the first round. */
const sdks = (b: string, a: Readonly<Record<string, string>> = {}): OwnSdks => ({
  a: { "hooks/setup-base": "echo a >/opt/a\n", ...a },
  b: { "hooks/setup-base": `echo ${b} >/opt/b\n` },
});

const NOW = sdks("b1");

/** Seats that are made again: beside what Docker takes for the same by itself, on the same daemon in the same run. Needs root. */
export async function dockerRenewal(): Promise<Figure[]> {
  const daemon = await startDocker();
  let machine: Layered | undefined;
  try {
    machine = await layered(daemon, { settings: { memory: 256 * MiB, cpus: 0.5, disk: 64 * MiB } });
    for (const b of ["b1", "b2", "b1"]) await renewed(machine, sdks(b));
    const raw = await startRaw(daemon);
    const [ours, theirs]: [number[], number[]] = [[], []];
    // The first pays for Docker's caches.
    await raw.renew();
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(await raw.renew());
      ours.push(await renewed(machine, sdks(round % 2 === 0 ? "b2" : "b1")));
    }
    await renewed(machine, NOW);
    await raw.remove();
    const peer = { name: "ten stop + rename + create + start", value: percentile(theirs, 50) };
    const ten = {
      name: "ten seats refreshed, until all are there again",
      value: percentile(ours, 50),
      unit: "s",
      peer,
      aim: 1.5,
    };
    return [{ bench: "docker-renewal", ...ten }, await nothingNew(machine), await rollback(machine)];
  } finally {
    await machine?.remove().catch(console.error);
    await daemon.stop();
  }
}

/** @returns seconds until every seat is ready again; what is only swept up then isn't waited for by anybody */
async function renewed(machine: Layered, own: OwnSdks): Promise<number> {
  await machine.want(TEN, own);
  for (const seat of TEN) await machine.ready(seat);
  const began = Date.now();
  if ((await machine.manager.ask(TEN, { action: "refresh" })).length === 0) return 0;
  const { tasks, error } = await machine.ended("refresh");
  if (error) throw new Error(error);
  return (lastOf(tasks, "seat/record") - began) / 1000;
}

const lastOf = (tasks: readonly TaskView[], kind: string): number =>
  Math.max(...tasks.filter((task) => task.kind === kind).map(({ endedAt = "" }) => Date.parse(endedAt)));

/** Each time the definition comes anew, as when it was saved without a change that counts. */
async function nothingNew(machine: Layered): Promise<Figure> {
  const times: number[] = [];
  const { definition } = machine.document ?? {};
  for (let i = 0; i < LOOKS; i++) {
    const { definitionArchive } = await writeDefinition(machine.directory, NOW, new Date(i * 1000));
    await machine.want(TEN, {}, { ...(definition && { definition }), ...(definitionArchive && { definitionArchive }) });
    const began = performance.now();
    const changes = await machine.manager.ask(TEN, { action: "refresh" });
    if (changes.length > 0) throw new Error("there was something to refresh");
    times.push(performance.now() - began);
  }
  const value = percentile(times, 50);
  return { bench: "docker-renewal", name: "ten seats asked to refresh where nothing differs", value, unit: "ms", aim: 100 };
}

/** From the moment in which it is known that the seat isn't healthy to the one in which it is what it was. */
async function rollback(machine: Layered): Promise<Figure> {
  await machine.want(TEN, sdks("b3", { "hooks/check-health": 'workshopctl set-health error "It is to go back."\n' }));
  await machine.manager.ask([1], { action: "refresh" });
  const change: ChangeView = await machine.ended("refresh");
  const failed = change.tasks.find(({ status }) => status === "error")?.endedAt;
  if (failed === undefined || change.endedAt === undefined) throw new Error("the seat didn't go back");
  await machine.ready(1);
  const value = (Date.parse(change.endedAt) - Date.parse(failed)) / 1000;
  return { bench: "docker-renewal", name: "a seat that isn't healthy after its refresh goes back", value, unit: "s", aim: 10 };
}

/** Ten containers, and the same steps that a refresh has of Docker's. */
async function startRaw({ docker, socket, image }: PrivateDocker) {
  const network = "raw-network";
  await createNetwork(socket, network);
  const names = TEN.map((number) => `raw-${number}`);
  const start = (name: string) => startBare(docker, image, name, network);
  const stashOf = (name: string) => `${name}.stash`;
  await sideBySide(names, start);
  return {
    /** @returns seconds, without those that removing what was takes */
    async renew(): Promise<number> {
      const seconds = await sideBySide(names, async (name) => {
        await docker.stopContainer(name);
        await docker.renameContainer(name, stashOf(name));
        await start(name);
      });
      for (const name of names) await docker.removeContainer(stashOf(name));
      return seconds;
    },
    async remove(): Promise<void> {
      for (const name of names) await docker.removeContainer(name);
      await removeNetwork(socket, network);
    },
  };
}
