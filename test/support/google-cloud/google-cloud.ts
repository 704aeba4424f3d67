import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Call, Route } from "./call.ts";
import { diskRoutes } from "./compute/disks.ts";
import { firewallRoutes } from "./compute/firewalls.ts";
import { instanceRoutes } from "./compute/instances.ts";
import { operationRoutes } from "./compute/operations.ts";
import { placeRoutes } from "./compute/places.ts";
import { controlRoutes } from "./control.ts";
import { changeRoutes } from "./dns/changes.ts";
import { makeZone, zoneRoutes } from "./dns/zones.ts";
import { asNumbers } from "./enums.ts";
import type { Fault } from "./faults.ts";
import { openRates } from "./rates.ts";
import { badBody, bodyOf, notFound, Refusal, type Service } from "./refusal.ts";
import { openRouter } from "./router.ts";
import { secretRoutes } from "./secrets/secrets.ts";
import { versionRoutes } from "./secrets/versions.ts";
import { newWorld, type World, type WorldSettings } from "./world.ts";

/** Time passes also while nobody asks: machines run and end. */
const SETTLE_MS = 20;

const ROUTES: readonly Route[] = [
  ...[instanceRoutes, operationRoutes, placeRoutes, diskRoutes, firewallRoutes].flat(),
  ...[zoneRoutes, changeRoutes, secretRoutes, versionRoutes, controlRoutes].flat(),
];

/** Google's compute, DNS and Secret Manager on loopback, over plain HTTP. */
export interface GoogleCloud {
  port: number;
  world: World;
  end(): Promise<void>;
}

/** @param port 0: any */
export async function startGoogleCloud(settings: WorldSettings = {}, port = 0): Promise<GoogleCloud> {
  const world = newWorld(settings);
  for (const [name, dnsName] of Object.entries(settings.managedZones ?? {})) makeZone(world, name, dnsName);
  const answer = answerer(world);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  const timer = setInterval(world.clock.settle, SETTLE_MS);
  timer.unref();
  return {
    port: (server.address() as AddressInfo).port,
    world,
    end: async () => {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function answerer(world: World): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const find = openRouter(ROUTES);
  const tooMany = openRates(world);

  /** What the service says, without the faults of the way. */
  async function ask(
    request: IncomingMessage,
    url: URL,
    fault: Fault | undefined,
    signal: AbortSignal,
  ): Promise<{ status: number; body: unknown }> {
    const service = serviceOf(url.pathname);
    try {
      const body = await bodyIn(request);
      if (service) checkCall(request, service, fault);
      const matched = find(request.method ?? "GET", url.pathname);
      if (!matched) throw notFound(`The emulator has no ${request.method} ${url.pathname}`);
      checkProject(world, matched.params, request.method ?? "GET");
      const call: Call = {
        world,
        params: matched.params,
        query: url.searchParams,
        body,
        signal,
        ...(fault && { fault }),
      };
      const found = await matched.handler(call);
      const asInts = service === "secrets" && /enum-encoding=int/.test(url.searchParams.get("$alt") ?? "");
      return { status: 200, body: asInts ? asNumbers(found) : found };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: bodyOf(error, service ?? "compute") };
    }
  }

  function checkCall(request: IncomingMessage, service: Service, fault: Fault | undefined): void {
    if (world.token !== undefined && request.headers.authorization !== `Bearer ${world.token}`)
      throw new Refusal(401, "required", "Request is missing required authentication credential.");
    const refusal = tooMany(service);
    if (refusal) throw refusal;
    if (fault?.kind !== "answer") return;
    const { status, reason = "backendError", message = "The service is currently unavailable.", rpc } = fault;
    throw new Refusal(status, reason, message, rpc ? { rpc } : {});
  }

  return async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const method = request.method ?? "GET";
    const path = url.pathname + url.search;
    world.clock.settle();
    const leaving = new AbortController();
    response.once("close", () => leaving.abort());
    const fault = serviceOf(url.pathname) && world.faults.take(method, path);
    const note = (status: number) =>
      serviceOf(url.pathname) && world.history.asked({ at: new Date(world.clock.now()).toISOString(), method, path, status });
    if (fault?.kind === "cut") {
      note(0);
      return void request.socket.destroy();
    }
    const { status, body } = await ask(request, url, fault, leaving.signal).catch((error: Error) => ({
      status: 500,
      body: { error: error.stack },
    }));
    if (fault?.kind === "silent" || fault?.kind === "lost") {
      note(0);
      if (fault.kind === "lost") request.socket.destroy();
      return;
    }
    if (fault?.kind === "late") await Bun.sleep(fault.ms);
    note(status);
    response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(body));
  };
}

function serviceOf(path: string): Service | undefined {
  if (path.startsWith("/compute/")) return "compute";
  if (path.startsWith("/dns/")) return "dns";
  return path.startsWith("/v1/") ? "secrets" : undefined;
}

/** Images of other projects may be read, nothing else of them. */
function checkProject(world: World, { project, family, image }: Record<string, string>, method: string): void {
  if (project === undefined || project === world.project || project === world.number) return;
  if (method === "GET" && (family ?? image)) return;
  throw new Refusal(403, "forbidden", `Permission denied on resource project ${project}.`);
}

/** Some clients gzip what they send. */
async function bodyIn(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
  if (text.trim() === "" || /form-urlencoded/.test(request.headers["content-type"] ?? "")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badBody("Invalid JSON payload received. Unable to parse.", "");
  }
}
