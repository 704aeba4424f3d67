/** A class of twelve seats on Google Cloud, as far as it goes on one computer: two VMs' agents and doors, each with its name and certificate. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentClient } from "../../gateway/agents/client.ts";
import { openDb } from "../../gateway/db/open.ts";
import { publicNamesOf } from "../../gateway/gateway.ts";
import { openKeys } from "../../gateway/tokens/keys.ts";
import { recover } from "../../gateway/workshops/recover.ts";
import { Store } from "../../gateway/workshops/store.ts";
import { type GoogleWorld, startGoogleWorld } from "../provision/gce/world.ts";
import { isBelieved } from "../support/believed.ts";
import { type NameServer, startNameServer } from "../support/google-cloud/name-server.ts";
import { GATEWAY_URL, type GoogleGateway, googleGatewaySettings, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { bootVm, type GoogleVm } from "../support/google-vm.ts";
import { type Pebble, startPebble } from "../support/pebble.ts";
import { until } from "../support/until.ts";

let world: GoogleWorld;
let nameServer: NameServer;
let pebble: Pebble;
let opened: GoogleGateway;
let room: string;
/** By the machines' names. */
const vms = new Map<string, GoogleVm>();
beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), "ct-google-two-"));
  world = await startGoogleWorld();
  nameServer = await startNameServer(() => world.google.world.dns.zones.get("ws"));
  pebble = await startPebble(1, nameServer.address);
  opened = await openGoogleGateway(world, mkdtempSync(join(room, "data-")), [pebble.authority]);
  await opened.gateway.begin();
});
afterAll(async () => {
  await Promise.all([...vms.values()].map((vm) => vm.end()));
  await opened.gateway.end();
  await pebble.end();
  await Promise.all([nameServer.end(), world.end()]);
  rmSync(room, { recursive: true });
});

const instance = (name: string) =>
  [...world.google.world.compute.machines.values()].map(({ instance }) => instance).find((one) => one.name === name);
const metadata = (name: string, key: string) => instance(name)?.metadata.items?.find((item) => item.key === key)?.value;

/** The VM is there, and its agent runs. */
async function boot(name: string): Promise<GoogleVm> {
  const machine = await until(name, () => (instance(name)?.status === "RUNNING" ? instance(name) : undefined));
  const vm = await bootVm(machine);
  vms.set(name, vm);
  return vm;
}

async function end(name: string): Promise<void> {
  await vms.get(name)?.end();
  vms.delete(name);
}

async function started(seats: number) {
  const json = { name: "Two", seats, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id, code } = (await opened.ask("POST", "/api/workshops", json)).body;
  expect((await opened.ask("POST", `/api/workshops/${id}/start`)).status).toBe(202);
  const names = [`clarateach-${id}`, `clarateach-${id}-2`] as const;
  const hosts = [`${id}.ws.example.com`, `${id}-2.ws.example.com`] as const;
  return { id, code, names, hosts };
}

const running = (id: string) =>
  until("the class", async () => {
    const { body } = await opened.ask("GET", `/api/workshops/${id}`);
    expect(body.status).not.toBe("failed");
    return body.status === "running" ? body : undefined;
  });

async function stopped(id: string) {
  await opened.ask("POST", `/api/workshops/${id}/stop`, { keepWork: false });
  const body = await until("its end", async () => {
    const { body } = await opened.ask("GET", `/api/workshops/${id}`);
    return body.status === "stopped" ? body : undefined;
  });
  await until("nothing", () => leftOf(world).length === 0);
  return body;
}

/** What a seat's door says of who holds this token. */
async function session({ httpsPort }: GoogleVm, host: string, seat: string, token: string) {
  const answer = await fetch(`https://127.0.0.1:${httpsPort}/vm/${seat}/session`, {
    headers: { host, authorization: `Bearer ${token}` },
    tls: { ca: pebble.root, serverName: host, checkServerIdentity: () => undefined },
    keepalive: false,
  } as RequestInit);
  return { status: answer.status, body: (await answer.json()) as { name?: string; seat?: number } };
}

test("two VMs, four records, two certificates; seat 11 is reached by its own name, also by a gateway that lost its database; nothing is left", async () => {
  const { id, code, names, hosts } = await started(12);
  const [one, two] = await Promise.all(names.map(boot));
  const view = await running(id);
  expect(view.machines).toEqual(names.map((name, i) => ({ name, endpoint: hosts[i], status: "running" })));
  expect([view.endpoint, view.progress.ready]).toEqual([hosts[0], 12]);
  const records = [...(world.google.world.dns.zones.get("ws")?.records.values() ?? [])].filter(({ type }) => type === "A");
  expect(records.map(({ name }) => name).sort()).toEqual(hosts.flatMap((host) => [`*.${host}.`, `${host}.`]).sort());
  for (const [i, vm] of [one, two].entries())
    for (const name of [hosts[i] as string, `port-3000.${hosts[i]}`])
      expect(await isBelieved(name, vm?.httpsPort ?? 0, pebble.root), name).toBe(true);

  const joined: { seat: number; odehash: string; endpoint: string; token: string }[] = [];
  for (let seat = 1; seat <= 12; seat++) joined.push((await opened.ask("POST", "/api/join", { code, name: `L${seat}` })).body);
  expect(joined.map(({ endpoint }) => endpoint)).toEqual([...Array(10).fill(hosts[0]), hosts[1], hosts[1]]);
  const eleventh = joined[10] ?? expect.unreachable();
  expect(await session(two as GoogleVm, hosts[1], "11", eleventh.token)).toMatchObject({ status: 200, body: { name: "L11" } });
  expect((await session(one as GoogleVm, hosts[0], "11", eleventh.token)).status).toBeGreaterThan(400);
  const maps = [joined.slice(0, 10), joined.slice(10)].map((own) =>
    JSON.stringify(Object.fromEntries(own.map(({ odehash, seat }) => [odehash, seat]))),
  );
  await until("both maps", () => names.every((name, i) => metadata(name, "seats-map") === maps[i]));

  await opened.gateway.end();
  const data = mkdtempSync(join(room, "data-"));
  const [cloud, db] = [await world.another(), await openDb(data)];
  const keys = await openKeys(cloud.secrets, GATEWAY_URL);
  const agents = new AgentClient((machine) => keys.machineToken(machine));
  const publicNames = publicNamesOf(googleGatewaySettings(data), cloud);
  const sentences = await recover({ cloud, agents, store: new Store(db), publicNames });
  expect(sentences).toEqual([`${id}: “Two” has its record again, running, 12 learners.`]);
  await db.destroy();
  opened = await openGoogleGateway(world, data, [pebble.authority]);
  await opened.gateway.begin();
  const again = await until("the way back", async () => {
    const { status, body } = await opened.ask("POST", "/api/join", { code, odehash: eleventh.odehash });
    return status === 200 ? body : undefined;
  });
  expect([again.seat, again.endpoint]).toEqual([11, hosts[1]]);
  expect((await session(two as GoogleVm, hosts[1], "11", again.token)).status).toBe(200);

  const { receipt } = await stopped(id);
  const told = (kind: string) =>
    receipt.items.filter((item: { kind: string }) => item.kind === kind).map(({ name }: { name: string }) => name);
  expect([told("machine"), told("name")]).toEqual([[...names], [...hosts]]);
  expect(world.google.world.history.entries.filter(({ kind }) => kind === "instance")).toHaveLength(2);
  await Promise.all(names.map(end));
});

test("a machine that the quota has no room for doesn't keep the others' learners waiting; when there is room it comes, and its seats with it", async () => {
  // Of one e2-standard-8.
  world.google.world.compute.quotas.set("CPUS", 8);
  const { id, code } = await started(11);
  const first = await until("one of two", () =>
    [1, 2].map((i) => (i === 1 ? `clarateach-${id}` : `clarateach-${id}-2`)).find(instance),
  );
  await boot(first);
  const view = await running(id);
  const [came, other] = first.endsWith("-2") ? [1, 10] : [10, 1];
  expect([view.progress.ready, view.progress.total]).toEqual([came, 11]);
  for (let i = 0; i < came; i++) expect((await opened.ask("POST", "/api/join", { code })).status).toBe(200);
  const refused = await opened.ask("POST", "/api/join", { code });
  expect([refused.status, refused.body.error.code]).toEqual([409, "NO_SEATS"]);
  world.google.world.compute.quotas.set("CPUS", 16);
  await boot(first.endsWith("-2") ? `clarateach-${id}` : `clarateach-${id}-2`);
  const entered = await until("a seat of the other machine", async () => {
    const { status, body } = await opened.ask("POST", "/api/join", { code });
    return status === 200 ? body : undefined;
  });
  expect(entered.endpoint).toBe(first.endsWith("-2") ? `${id}.ws.example.com` : `${id}-2.ws.example.com`);
  expect((await opened.ask("GET", `/api/workshops/${id}`)).body.progress.ready).toBe(came + other);
  await stopped(id);
});
