/** What may happen to a class's machine on Google Cloud while learners sit there: it is seen, told, and learners come back where they can. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../support/google-cloud/compute/state.ts";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { type GoogleLife, isIn, startGoogleLife } from "../support/google-life.ts";
import type { GoogleVm } from "../support/google-vm.ts";
import { until } from "../support/until.ts";

let life: GoogleLife;
let opened: GoogleGateway;
let data: string;
beforeAll(async () => {
  life = await startGoogleLife();
  data = mkdtempSync(join(life.room, "data-"));
  opened = await openGoogleGateway(life.world, data, [life.authority]);
  await opened.gateway.begin();
});
afterAll(async () => {
  await opened.gateway.end();
  await life.end();
});

const ask: GoogleGateway["ask"] = (...call) => opened.ask(...call);
const look = async (id: string) => (await ask("GET", `/api/workshops/${id}`)).body;
/** As the instructor's page has them. */
const shown = async (id: string) => {
  const { owner } = await opened.gateway.db
    .selectFrom("workshops")
    .select("owner")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return (await opened.gateway.services.workshops.find(owner, id)).machines;
};
const vmOf = (id: string) => life.vms.get(`clarateach-${id}`) as GoogleVm;
const machineOf = (id: string) =>
  [...life.world.google.world.compute.machines.values()].find(({ instance }) => instance.name === `clarateach-${id}`) as Machine;

/** A class with one learner in it. */
async function running() {
  const wish = { name: "Mishap", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id, code } = (await ask("POST", "/api/workshops", wish)).body;
  await ask("POST", `/api/workshops/${id}/start`);
  await until("the class", async () => (await look(id)).status === "running");
  const { odehash, token } = (await ask("POST", "/api/join", { code, name: "Mira" })).body;
  await until("her seat", () => isIn(life, id, token));
  return { id, code, odehash };
}

/** By class code and reconnect code, as from another browser. */
async function comesBack(id: string, code: string, odehash: string): Promise<void> {
  await until("her seat again", async () => {
    const { status, body } = await ask("POST", "/api/join", { code, odehash });
    return status === 200 && body.seat === 1 && (await isIn(life, id, body.token));
  });
}

async function stopped(id: string): Promise<void> {
  expect((await ask("POST", `/api/workshops/${id}/stop`, { keepWork: false })).status).toBeLessThan(300);
  await until("its end", async () => (await look(id)).status === "stopped");
  await until("nothing", () => leftOf(life.world).length === 0);
}

test("a machine that restarts is the same one: told while it is away, and she is back in her seat with her reconnect code", async () => {
  const { id, code, odehash } = await running();
  const { ip } = (await look(id)).machines[0];
  await vmOf(id).off();
  await until("that to be told", async () => (await look(id)).machines[0].status !== "running");
  await vmOf(id).on();
  await until("that it runs again", async () => (await look(id)).machines[0].status === "running");
  await comesBack(id, code, odehash);
  expect((await look(id)).machines[0].ip).toBe(ip);
  expect(life.machinesOf(id).made).toBe(1);
  await stopped(id);
});

test("a machine that Google stopped is broken, told with Google's word; started there by hand, the class goes on", async () => {
  const { id, code, odehash } = await running();
  await vmOf(id).off();
  machineOf(id).instance.status = "TERMINATED";
  await until("that to be told", async () => (await look(id)).machines[0].status === "broken");
  expect((await shown(id))[0]?.note).toContain("Google Cloud says TERMINATED of it");
  machineOf(id).instance.status = "RUNNING";
  await vmOf(id).on();
  await comesBack(id, code, odehash);
  await stopped(id);
});

test("a machine that Google stopped goes when the class is stopped", async () => {
  const { id } = await running();
  await vmOf(id).off();
  machineOf(id).instance.status = "TERMINATED";
  await until("that to be told", async () => (await look(id)).machines[0].status === "broken");
  await stopped(id);
});

test("a machine that somebody deleted is made again, and told; she is in her seat again, which is empty", async () => {
  const { id, code, odehash } = await running();
  const { zone } = machineOf(id);
  const before = vmOf(id);
  // So that it makes the next one at once: a gateway that made one lately waits until no call of that can land any more.
  await opened.gateway.end();
  opened = await openGoogleGateway(life.world, data, [life.authority]);
  await opened.gateway.begin();
  const { port, world } = life.world.google;
  const path = `projects/${world.project}/zones/${zone}/instances/clarateach-${id}`;
  await fetch(`http://127.0.0.1:${port}/compute/v1/${path}`, { method: "DELETE" });
  await until("that to be told", async () => (await shown(id))[0]?.lostAt);
  await until("another one", () => life.machinesOf(id).made === 2 && vmOf(id) && vmOf(id) !== before);
  await comesBack(id, code, odehash);
  expect(life.machinesOf(id).atOnce).toBe(1);
  expect((await shown(id))[0]?.lostAt).toBeString();
  await stopped(id);
});
