import { afterAll, beforeAll, expect, test } from "bun:test";
import pino from "pino";
import type { Whole } from "../../../gateway/workshops/record.ts";
import { sweepCloud } from "../../../gateway/workshops/sweep-cloud.ts";
import { secretName, workshopOfHost } from "../../../gateway/workshops/workshop.ts";
import type { Names } from "../../../provision/cloud.ts";
import { type GoogleWorld, startGoogleWorld } from "../../provision/gce/world.ts";
import { until } from "../../support/until.ts";

const DOMAIN = "ws.example.com";
let world: GoogleWorld;
const lines: string[] = [];
const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
beforeAll(async () => {
  world = await startGoogleWorld();
});
afterAll(() => world.end());

/** What each of these owns in the cloud, and its state in the database. */
const STATES: Record<string, { state: string; receipt: object | null } | undefined> = {
  "ws-runs00": { state: "running", receipt: null },
  "ws-made00": { state: "created", receipt: null },
  "ws-failed": { state: "failed", receipt: null },
  "ws-ending": { state: "stopped", receipt: null },
  "ws-over00": { state: "stopped", receipt: {} },
  "ws-alien0": undefined,
};

const store = {
  whole: async (id: string) => {
    const workshop = STATES[id];
    return workshop && ({ workshop } as unknown as Whole);
  },
};
const sweep = (now?: number) => sweepCloud({ store, cloud: world.cloud, log }, now);

const left = async () => {
  const { machines, names, secrets } = world.cloud;
  const found = [await machines.list(), await (names as Names).list(), (await secrets.list?.()) ?? []] as const;
  return {
    machines: found[0]
      .filter(({ status }) => status !== "stopping")
      .map(({ workshop }) => workshop)
      .sort(),
    names: found[1].map(({ host }) => workshopOfHost(host)).sort(),
    secrets: found[2].map(({ workshop = "" }) => workshop).sort(),
  };
};

test("what no record wants is removed, what a record wants stays, what no record knows is told of and stays until its own end", async () => {
  const all = Object.keys(STATES);
  const endsBy = Date.now() + 3_600_000;
  await Promise.all(
    all.flatMap((workshop) => [
      world.cloud.machines.create({
        ...{ name: `clarateach-${workshop}`, workshop, requestId: crypto.randomUUID(), boot: "{}", endsBy },
      }),
      world.cloud.names?.create(`${workshop}.${DOMAIN}`, "192.0.2.1", { endsBy }),
      world.cloud.secrets.put(secretName(workshop), "sk", { workshop }),
    ]),
  );
  await world.cloud.secrets.put("signing-keys", "of the gateway");
  await sweep();
  expect(await left()).toEqual({
    machines: ["ws-alien0", "ws-runs00"],
    names: ["ws-alien0", "ws-runs00"],
    secrets: ["", "ws-alien0", "ws-ending", "ws-failed", "ws-made00", "ws-runs00"].sort(),
  });
  const told = lines.map((line) => JSON.parse(line)).filter(({ workshop }) => workshop === "ws-alien0");
  expect(told.map(({ kind }) => kind).sort()).toEqual(["machine", "name", "secret"]);
  await sweep(endsBy + 120_000);
  expect(await left()).toMatchObject({ machines: ["ws-runs00"], names: ["ws-runs00"] });
});

test("a disk that outlived its machine goes when its class is over, of a class that isn't known at its end, another installation's never", async () => {
  const { google, cloud } = world;
  const { machines, disks } = google.world.compute;
  const endsBy = Date.now() + 3_600_000;
  const other = await world.another({ installation: "other" });
  const make = async ({ machines: provider }: Pick<typeof cloud, "machines">, workshop: string) => {
    const name = `clarateach-${workshop}`;
    await provider.create({ name, workshop, requestId: crypto.randomUUID(), boot: "{}", endsBy });
    const [key, machine] = [...machines].find(([, { instance }]) => instance.name === name) ?? [];
    // Deleted out of hand, its disk kept.
    machines.delete(key ?? "");
    for (const disk of disks.values()) if (disk.name === machine?.instance.name) delete disk.user;
  };
  await Promise.all([make(cloud, "ws-over00"), make(cloud, "ws-alien0"), make(other, "ws-alien1")]);
  const names = () => [...disks.values()].flatMap(({ name, user }) => (user ? [] : [name])).sort();
  await sweep();
  await until("the disk of a class that is over to go", () => names().length === 2);
  expect(names()).toEqual(["clarateach-ws-alien0", "clarateach-ws-alien1"]);
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining({ kind: "disk", workshop: "ws-alien0" }));
  await sweep(endsBy + 120_000);
  await until("the disk of an unknown class to go", () => names().length === 1);
  expect(names()).toEqual(["clarateach-ws-alien1"]);
});

test("a cloud that can't be listed costs the others nothing", async () => {
  await world.cloud.names?.create(`ws-over00.${DOMAIN}`, "192.0.2.1");
  world.google.world.faults.add({ kind: "answer", status: 400, method: "GET", path: "/aggregated/" });
  await sweep();
  expect((await left()).names).not.toContain("ws-over00");
});

test("a machine's name tells whose it is", () => {
  expect([`ws-abc123.${DOMAIN}`, `ws-abc123-2.${DOMAIN}`].map(workshopOfHost)).toEqual(["ws-abc123", "ws-abc123"]);
});
