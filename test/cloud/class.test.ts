/** A class on Google Cloud, as far as it goes on one computer: emulator, an authority that looks at the emulated zone, a VM's agent and door. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GoogleWorld, startGoogleWorld } from "../provision/gce/world.ts";
import { isBelieved } from "../support/believed.ts";
import { type NameServer, startNameServer } from "../support/google-cloud/name-server.ts";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { bootVm, type GoogleVm } from "../support/google-vm.ts";
import { type Pebble, startPebble } from "../support/pebble.ts";
import { until } from "../support/until.ts";

let world: GoogleWorld;
let nameServer: NameServer;
let pebble: Pebble;
let opened: GoogleGateway;
let data: string;
let vm: GoogleVm | undefined;
beforeAll(async () => {
  world = await startGoogleWorld();
  nameServer = await startNameServer(() => world.google.world.dns.zones.get("ws"));
  pebble = await startPebble(1, nameServer.address);
  data = mkdtempSync(join(tmpdir(), "ct-google-class-"));
  opened = await openGoogleGateway(world, data, [pebble.authority]);
  await opened.gateway.begin();
});
afterAll(async () => {
  await vm?.end();
  await opened.gateway.end();
  await pebble.end();
  await Promise.all([nameServer.end(), world.end()]);
  rmSync(data, { recursive: true });
});

const ask: GoogleGateway["ask"] = (...call) => opened.ask(...call);

const machineOf = (id: string) =>
  [...world.google.world.compute.machines.values()]
    .map(({ instance }) => instance)
    .find(({ name }) => name === `clarateach-${id}`);
const metadata = (id: string, key: string) => machineOf(id)?.metadata.items?.find((item) => item.key === key)?.value;

/** What is paid for, in the price file's words. */
const COSTS = ["e2-standard-8 in europe-west4", "50 GB", "IPv4"].map((what) => expect.objectContaining({ what, count: 1 }));

/** All files of a directory as one text. */
function everythingIn(directory: string): string {
  return readdirSync(directory, { recursive: true })
    .map((name) => join(directory, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

test("created, started, joined, stopped: a VM, its name, its certificate; the key of that is nowhere but on it; nothing is left", async () => {
  const { workshopId: id, code } = (
    await ask("POST", "/api/workshops", { name: "Cloud", seats: 1, apiKey: "sk-ant-test-0123456789-0123456789" })
  ).body;
  expect((await ask("GET", `/api/workshops/${id}`)).body.cost).toMatchObject({ is: "expected", items: COSTS });
  expect((await ask("POST", `/api/workshops/${id}/start`)).status).toBe(202);
  const machine = await until("the VM", () => (machineOf(id)?.status === "RUNNING" ? machineOf(id) : undefined));
  vm = await bootVm(machine);
  const running = await until("the class", async () => {
    const { body } = await ask("GET", `/api/workshops/${id}`);
    expect(body.status).not.toBe("failed");
    return body.status === "running" ? body : undefined;
  });
  const host = `${id}.ws.example.com`;
  expect(running.endpoint).toBe(host);
  expect(running.cost).toMatchObject({ is: "running", items: COSTS, unpriced: [] });
  expect(running.cost.usd).toBeGreaterThan(0);
  expect(running.cost.endUsd).toBeGreaterThan(running.cost.usd);
  const names = await world.cloud.names?.find(host);
  expect(names).toMatchObject({ host, ip: machine.networkInterfaces[0]?.accessConfigs?.[0]?.natIP as string, status: "running" });
  for (const name of [host, `port-3000.${host}`]) expect(await isBelieved(name, vm.httpsPort, pebble.root), name).toBe(true);
  const journal = await opened.gateway.db
    .selectFrom("journal")
    .select(["key", "state", "ended_at"])
    .where("workshop", "=", id)
    .execute();
  for (const key of ["secret", "create", "name-1", "certificate-1"])
    expect(journal).toContainEqual({ key, state: "done", ended_at: expect.any(String) });

  const joined = await ask("POST", "/api/join", { code, name: "Mira" });
  expect([joined.status, joined.body.endpoint, joined.body.seat]).toEqual([200, host, 1]);
  await until("the map", () => metadata(id, "seats-map") === JSON.stringify({ [joined.body.odehash]: 1 }));
  const session = await fetch(`https://127.0.0.1:${vm.httpsPort}/vm/01/session`, {
    headers: { host, authorization: `Bearer ${joined.body.token}` },
    tls: { ca: pebble.root, serverName: host, checkServerIdentity: () => undefined },
    keepalive: false,
  } as RequestInit);
  expect([session.status, ((await session.json()) as { name: string }).name]).toEqual([200, "Mira"]);

  const key = readFileSync(join(vm.directory, "identity", "public-key.pem"), "utf8").split("\n")[1] ?? "";
  expect(key.length).toBeGreaterThan(40);
  expect(everythingIn(data)).not.toContain(key);
  expect(JSON.stringify([...world.google.world.compute.machines.values()])).not.toContain("sk-ant-test");

  await ask("POST", `/api/workshops/${id}/stop`, { keepWork: false });
  const stopped = await until("its end", async () => {
    const { body } = await ask("GET", `/api/workshops/${id}`);
    return body.status === "stopped" ? body : undefined;
  });
  expect(stopped.receipt?.cost).toMatchObject({ is: "final", items: COSTS });
  expect(stopped.receipt?.cost.usd).toBeGreaterThanOrEqual(running.cost.usd);
  expect(stopped.cost).toEqual(stopped.receipt?.cost);
  expect(stopped.receipt?.items ?? []).toContainEqual({ kind: "name", count: 1, name: host });
  await until("nothing", () => leftOf(world).length === 0);
  expect(world.google.world.history.entries.filter(({ kind }) => kind === "instance")).toHaveLength(1);
});
