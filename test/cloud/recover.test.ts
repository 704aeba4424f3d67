/** The gateway is killed and its database lost: `recover` makes the records again of what is in the cloud, and a stop leaves nothing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { leftOf } from "../support/google-gateway.ts";
import { type GoogleLife, isIn, startGoogleLife } from "../support/google-life.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let life: GoogleLife;
let world: World;
beforeAll(async () => {
  life = await startGoogleLife();
  world = await startWorld(life.env);
});
afterAll(async () => {
  await world.end();
  await life.end();
});

async function create() {
  const json = { name: "Lost", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id, code } = (await world.api("/api/workshops", { method: "POST", json })).body;
  return { id: id as string, code: code as string };
}
const act = (id: string, what: "start" | "stop") => world.api(`/api/workshops/${id}/${what}`, { method: "POST", json: {} });
const statusOf = async (id: string) => (await world.api(`/api/workshops/${id}`)).body.status;
const enter = (json: object) => world.api("/api/join", { method: "POST", json, anonymous: true });

/** What `./scripts/start recover` prints, of a gateway that has lost its database. */
async function loseAndRecover(): Promise<string> {
  await world.kill();
  for (const end of ["", "-wal", "-shm"]) rmSync(join(world.data, `gateway.sqlite${end}`), { force: true });
  const child = Bun.spawn([process.execPath, "gateway/main.ts", "recover"], {
    cwd: new URL("../..", import.meta.url).pathname,
    env: {
      ...{ PATH: process.env.PATH ?? "", HOME: world.data, CLARATEACH_DATA: world.data, PORT: new URL(world.url).port },
      ...life.env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  await world.restart();
  return said.trim();
}

async function stopped(id: string): Promise<void> {
  await act(id, "stop");
  await until("its end", async () => (await statusOf(id)) === "stopped");
  await until("nothing", () => leftOf(life.world).length === 0);
  expect(life.machinesOf(id).made).toBe(1);
}

test("the answer of an insert is lost, the gateway killed, the database deleted: recovered and stopped, the record is empty", async () => {
  const { id } = await create();
  const call = `google POST /compute/v1/projects/${life.world.google.world.project}/zones/europe-west4-a/instances`;
  const { promise: struck, resolve } = Promise.withResolvers<void>();
  life.strike({ call, nth: 1, moment: "lost" }, async () => {
    await world.kill();
    resolve();
  });
  await act(id, "start");
  await struck;
  expect(life.machinesOf(id).made).toBe(1);
  expect(await loseAndRecover()).toStartWith(`${id}: “Lost” has its record again,`);
  await stopped(id);
});

test("in mid-class: she stays in her seat, comes back with her reconnect code, and the stop leaves nothing", async () => {
  const { id, code } = await create();
  await act(id, "start");
  await until("the class", async () => (await statusOf(id)) === "running");
  const { token, odehash } = (await enter({ code, name: "Mira" })).body;
  await until("her seat", () => isIn(life, id, token));
  const seatsMap = () =>
    [...life.world.google.world.compute.machines.values()][0]?.instance.metadata.items?.find(({ key }) => key === "seats-map")
      ?.value;
  await until("the map", () => seatsMap() === JSON.stringify({ [odehash]: 1 }));

  expect(await loseAndRecover()).toBe(`${id}: “Lost” has its record again, running, 1 learner.`);
  expect(await isIn(life, id, token)).toBe(true);
  await until("the class again", async () => (await statusOf(id)) === "running");
  const back = await enter({ code, odehash });
  expect([back.status, back.body.seat, back.body.odehash]).toEqual([200, 1, odehash]);
  expect(await isIn(life, id, back.body.token)).toBe(true);
  await stopped(id);
  expect(await isIn(life, id, back.body.token)).toBe(false);
});
