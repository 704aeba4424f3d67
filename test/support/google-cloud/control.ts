import { type Call, isObject, type Route } from "./call.ts";
import { write } from "./compute/machines.ts";
import type { Machine } from "./compute/state.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { startMetadataServer } from "./metadata-server.ts";
import { invalid, notFound } from "./refusal.ts";
import type { World } from "./world.ts";

/** What Google doesn't have, for tests in other processes. `main.ts --help` has them one by one. */
export const controlRoutes: Route[] = [
  ["GET", "/_record", ({ world: { history } }) => ({ entries: history.entries, left: history.left(), calls: history.calls })],
  ["POST", "/_faults", addFaults],
  ["DELETE", "/_faults", ({ world }) => done(() => world.faults.clear())],
  ["POST", "/_clock", ({ world, body }) => done(() => world.clock.advance(numberOf(read(body).advanceMs, "advanceMs")))],
  ["POST", "/_capacity", setCapacity],
  ["POST", "/_times", setTimes],
  ["POST", "/_serial", ({ world, body }) => done(() => write(machineIn(world, body), String(read(body).text ?? "")))],
  ["POST", "/_metadata", metadata],
  ["POST", "/_token", token],
];

const read = (body: unknown): Record<string, unknown> => (isObject(body) ? body : {});

function numberOf(value: unknown, name: string): number {
  if (typeof value === "number" && value >= 0) return value;
  throw invalid(`${name} is ${JSON.stringify(value)}; it has to be a number that isn't below 0.`);
}

function addFaults({ world, body }: Call): unknown {
  const all = Array.isArray(body) ? body : [body];
  for (const fault of all) checkFault(fault);
  for (const fault of all as Fault[]) world.faults.add(fault);
  return {};
}

function checkFault(fault: unknown): void {
  const { kind, path = "" } = read(fault);
  if (!FAULTS.includes(kind as Fault["kind"]))
    throw invalid(`kind is ${JSON.stringify(kind)}; it has to be one of ${FAULTS.join(", ")}.`);
  try {
    new RegExp(String(path));
  } catch {
    throw invalid(`path is ${JSON.stringify(path)}; it has to be a regular expression.`);
  }
}

/** `{exhausted: {"europe-west4-a": {details: true}}, quotas: {CPUS: 8}}`, each replacing what was said before. */
function setCapacity({ world, body }: Call): unknown {
  const { exhausted, quotas } = read(body) as {
    exhausted?: Record<string, { details?: boolean }>;
    quotas?: Record<string, number>;
  };
  if (isObject(exhausted))
    world.compute.exhausted = new Map(Object.entries(exhausted).map(([zone, { details = false }]) => [zone, { details }]));
  if (isObject(quotas)) for (const [metric, limit] of Object.entries(quotas)) world.compute.quotas.set(metric, Number(limit));
  return {};
}

/** `{times: {stage: 60000}, perMinute: {compute: 10}, latencyMs: 200}`; what isn't said stays. */
function setTimes({ world, body }: Call): unknown {
  const { times, perMinute, latencyMs } = read(body);
  setNumbers(world.times, times);
  setNumbers(world.perMinute, perMinute);
  if (latencyMs !== undefined) world.latencyMs = numberOf(latencyMs, "latencyMs");
  return {};
}

function setNumbers(target: object, wish: unknown): void {
  for (const [name, value] of Object.entries(read(wish))) {
    if (!(name in target)) throw invalid(`There is no "${name}"; there are ${Object.keys(target).join(", ")}.`);
    Object.assign(target, { [name]: numberOf(value, name) });
  }
}

/** @param body has `instance`: `zones/europe-west4-a/instances/vm` */
function machineIn({ compute }: World, body: unknown): Machine {
  const path = String(read(body).instance ?? "");
  const [, zone, name] = /^zones\/([^/]+)\/instances\/([^/]+)$/.exec(path) ?? [];
  const found = compute.machines.get(`${zone}/${name}`);
  if (found) return found;
  throw notFound(`There is no instance "${path}"; write zones/ZONE/instances/NAME.`);
}

/** One more metadata server, for that machine, with `account` where it has one. @returns where: the value of GCE_METADATA_HOST */
function metadata({ world, body }: Call): unknown {
  const { account } = read(body);
  const { email, token: word } = read(account) as { email?: string; token?: string };
  const server = startMetadataServer(world, machineIn(world, body), email && word ? { email, token: word } : undefined);
  world.servers.add(server);
  return { host: `127.0.0.1:${server.port}` };
}

/** What `sts.googleapis.com` gives (RFC 8693 §2.2.1). */
function token({ world }: Call): unknown {
  const types = { issued_token_type: "urn:ietf:params:oauth:token-type:access_token", token_type: "Bearer" };
  return { access_token: world.token ?? "any", ...types, expires_in: 3600 };
}

function done(act: () => void): unknown {
  act();
  return {};
}
