import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Call, Route } from "./call.ts";
import { diskTypeRoutes } from "./compute/disk-types.ts";
import { diskRoutes } from "./compute/disks.ts";
import { firewallRoutes } from "./compute/firewalls.ts";
import { imageRoutes } from "./compute/images.ts";
import { outputRoutes } from "./compute/instance-output.ts";
import { settingRoutes } from "./compute/instance-settings.ts";
import { instanceRoutes } from "./compute/instances.ts";
import { machineTypeRoutes } from "./compute/machine-types.ts";
import { networkRoutes } from "./compute/networks.ts";
import { operationRoutes } from "./compute/operations.ts";
import { placeRoutes } from "./compute/places.ts";
import { controlRoutes } from "./control.ts";
import { changeRoutes } from "./dns/changes.ts";
import { zoneRoutes } from "./dns/zones.ts";
import { asNumbers } from "./enums.ts";
import type { Fault } from "./faults.ts";
import { checkQuery } from "./query.ts";
import { openRates } from "./rates.ts";
import { badBody, bodyOf, notFound, Refusal, type Service } from "./refusal.ts";
import { openRouter } from "./router.ts";
import { secretRoutes } from "./secrets/secrets.ts";
import { versionRoutes } from "./secrets/versions.ts";
import type { World } from "./world.ts";

const ROUTES: readonly Route[] = [
  ...[instanceRoutes, settingRoutes, outputRoutes, operationRoutes, diskRoutes, diskTypeRoutes].flat(),
  ...[placeRoutes, machineTypeRoutes, imageRoutes, networkRoutes, firewallRoutes].flat(),
  ...[zoneRoutes, changeRoutes, secretRoutes, versionRoutes, controlRoutes].flat(),
];

/** What a server does with each request: faults of the way, then the service's own word. */
export function answerer(world: World): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
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
      const bytes = await bytesIn(request);
      if (service) checkCall(request, service, fault);
      if (service) checkQuery(service, url.searchParams);
      const body = bodyIn(request, bytes);
      const matched = find(request.method ?? "GET", url.pathname);
      if (!matched) throw notFound(`The emulator has no ${request.method} ${url.pathname}`);
      checkProject(world, matched.params, request.method ?? "GET", url.pathname);
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
    const { status, reason = "backendError", message = "The service is currently unavailable.", rpc, details } = fault;
    throw new Refusal(status, reason, message, { ...(rpc && { rpc }), ...(details && { details }) });
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
    if (serviceOf(url.pathname)) await pause(world.latencyMs);
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
    if (fault?.kind === "late") await pause(fault.ms);
    note(status);
    response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(body));
  };
}

const pause = (ms: number) => (ms > 0 ? Bun.sleep(ms) : undefined);

function serviceOf(path: string): Service | undefined {
  if (path.startsWith("/compute/")) return "compute";
  if (path.startsWith("/dns/")) return "dns";
  return path.startsWith("/v1/") ? "secrets" : undefined;
}

/** Images of other projects may be read, nothing else of them. */
function checkProject(world: World, { project }: Record<string, string>, method: string, path: string): void {
  if (project === undefined || project === world.project || project === world.number) return;
  if (method === "GET" && /\/(global\/images|imageFamilyViews)(\/|$)/.test(path)) return;
  throw new Refusal(403, "forbidden", `Permission denied on resource project ${project}.`);
}

async function bytesIn(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Some clients gzip what they send. */
function bodyIn({ headers }: IncomingMessage, bytes: Buffer): unknown {
  try {
    const text = (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
    // An exchange of tokens is a form; what curl calls one, unless told otherwise, may be JSON all the same.
    const isForm = /form-urlencoded/.test(headers["content-type"] ?? "") && !/^\s*[[{"]/.test(text);
    return text.trim() === "" || isForm ? undefined : JSON.parse(text);
  } catch {
    throw badBody("Invalid JSON payload received. Unable to parse.", "");
  }
}
