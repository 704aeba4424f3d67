import { describe, expect, test } from "bun:test";
import type { ImageInfo } from "../../../agent/seats/docker/client/types.ts";
import { KEY_LABEL } from "../../../agent/seats/docker/layers/layers.ts";
import { seatObject } from "../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks, writeDefinition } from "../../support/layered.ts";

const HOOK = "hooks/setup-base";
const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Ten of them fit where tests run. */
const SMALL = { memory: 256 * 1024 ** 2, cpus: 0.5, disk: 64 * 1024 ** 2 };
/** What a class saves by a layer that is there: the work of its hook. */
const HOOK_SECONDS = 12;

describe.skipIf(!canRunDocker)("checks 8 to 11: layers (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  const docker = () => here.docker.docker;
  const container = (machine: Layered, seat: number) => docker().inspectContainer(seatObject(machine.machine, seat));
  const says = async (machine: Layered, seat: number, command: string) =>
    (await (await machine.ready(seat)).exec(["sh", "-c", command])).stdout;
  const tagged = async (mark: string) =>
    (await docker().listImages(KEY_LABEL)).flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.includes(mark));
  const installed = (change: { tasks: { summary: string; log: string[] }[] }, sdk: string) =>
    change.tasks.find(({ summary }) => summary === `Install project-${sdk}`)?.log;

  test("check 8: of ten seats setup-base runs once, all have what it made, and one shared layer is there for each SDK", async () => {
    const mark = crypto.randomUUID().slice(0, 8);
    const machine = await here.make({ settings: SMALL });
    const runs = "cat /proc/sys/kernel/random/uuid >>/opt/a";
    await machine.want(TEN, { [`a${mark}`]: { [HOOK]: runs }, [`b${mark}`]: { [HOOK]: "cp /opt/a /opt/b" } });
    const found = await Promise.all(TEN.map((seat) => says(machine, seat, "cat /opt/a /opt/b")));
    // Another run would have written another line.
    expect(found[0]).toMatch(/^([0-9a-f-]{36})\n\1\n$/);
    expect(new Set(found).size).toBe(1);
    expect((await tagged(mark)).map((tag) => tag.replace(/-[0-9a-f]{16}$/, "")).toSorted()).toEqual([
      `clarateach/layer:a${mark}`,
      `clarateach/layer:b${mark}`,
    ]);
    const images = await Promise.all(TEN.map(async (seat) => (await container(machine, seat))?.Image));
    expect(new Set(images).size).toBe(1);
  });

  test("check 9: another class of the same definition runs no setup-base, and is there in less than half the time", async () => {
    const sdks: OwnSdks = {
      slow: { [HOOK]: `sleep ${HOOK_SECONDS}; cat /proc/sys/kernel/random/uuid >/opt/slow # ${crypto.randomUUID()}` },
    };
    async function timed(): Promise<{ ms: number; machine: Layered; uuid: string }> {
      const machine = await here.make();
      const start = performance.now();
      await machine.want([1, 2], sdks);
      for (const seat of [1, 2]) await machine.ready(seat);
      return { ms: performance.now() - start, machine, uuid: await says(machine, 1, "cat /opt/slow") };
    }
    const [first, second] = [await timed(), await timed()];
    expect(second.uuid).toBe(first.uuid);
    expect(installed(await second.machine.ended("launch"), "slow")).toEqual(["Built before."]);
    expect(second.ms).toBeLessThan(first.ms / 2);
  });

  /** `a`, then `b`: two seats of them. */
  async function two(b: string): Promise<{ machine: Layered; sdks: (b: string) => OwnSdks }> {
    const a = `cat /proc/sys/kernel/random/uuid >/opt/a # ${crypto.randomUUID()}`;
    const sdks = (text: string): OwnSdks => ({ a: { [HOOK]: a }, b: { [HOOK]: text } });
    const machine = await here.make();
    await machine.want([1, 2], sdks(b));
    for (const seat of [1, 2]) await machine.ready(seat);
    return { machine, sdks };
  }

  test("check 10: when b alone changes, a's setup-base doesn't run, b's does, on a's layer; and it is told before", async () => {
    const { machine, sdks } = await two("echo b1 >/opt/b");
    const uuid = await says(machine, 1, "cat /opt/a");
    const before = await imageOf(machine, 1);
    await machine.want([1, 2], sdks("echo b2 >/opt/b"));
    const layers = [
      { name: "system", layer: "reused" },
      { name: "project-a", layer: "reused" },
    ];
    const built = { name: "project-b", layer: "built" } as const;
    expect(await machine.manager.plan([1, 2])).toEqual({
      sdks: [...layers, built] as never,
      seats: [1, 2].map((seat) => ({ seat, does: "restarts" })),
    });
    await machine.manager.ask([1, 2], { action: "refresh" });
    const change = await machine.ended("refresh");
    expect([installed(change, "a"), installed(change, "b")]).toEqual([["Built before."], []]);
    for (const seat of [1, 2]) expect(await says(machine, seat, "cat /opt/a /opt/b")).toBe(`${uuid}b2\n`);
    const after = await imageOf(machine, 1);
    // All below the last one is what it was.
    expect(layersOf(after).slice(0, -1)).toEqual(layersOf(before).slice(0, -1));
    expect(layersOf(after).at(-1)).not.toBe(layersOf(before).at(-1) as string);
    expect((await machine.manager.plan([1, 2])).seats.map(({ does }) => does)).toEqual(["same", "same"]);
  });

  test("check 11: a comment in the definition, or a touched file, is no update: no task, and the container is untouched", async () => {
    const { machine, sdks } = await two("echo b1 >/opt/b");
    const ids = await Promise.all([1, 2].map(async (seat) => (await container(machine, seat))?.Id));
    const { definition, definitionArchive } = await writeDefinition(machine.directory, sdks("echo b1 >/opt/b"), new Date(0));
    const changes = machine.manager.changes("all").length;
    await machine.want(
      [1, 2],
      {},
      { definition: `# for Monday\n${definition}`, ...(definitionArchive && { definitionArchive }) },
    );
    expect((await machine.manager.plan([1, 2])).seats.map(({ does }) => does)).toEqual(["same", "same"]);
    expect(await machine.manager.ask([1, 2], { action: "refresh" })).toEqual([]);
    expect(machine.manager.changes("all")).toHaveLength(changes);
    expect(await Promise.all([1, 2].map(async (seat) => (await container(machine, seat))?.Id))).toEqual(ids);
  });

  async function imageOf(machine: Layered, seat: number): Promise<ImageInfo> {
    const found = await docker().inspectImage((await container(machine, seat))?.Image ?? "");
    if (!found) throw new Error("the seat has no image");
    return found;
  }
});

const layersOf = ({ RootFS }: ImageInfo): string[] => RootFS?.Layers ?? [];
