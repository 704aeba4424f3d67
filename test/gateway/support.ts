import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { upstreamOf } from "../../agent/contract/upstream.ts";
import { type Gateway, openGateway } from "../../gateway/gateway.ts";
import { digestOf } from "../../gateway/people/digest.ts";
import type { OpenCloud } from "../../provision/cloud.ts";
import { openLocalCloud } from "../../provision/local/cloud.ts";
import { expectDescribed } from "../support/described.ts";

export const API_TOKEN = "test-token-0123456789abcdef";
export const KEY = "sk-ant-test-0123456789-0123456789";
/** Of the public address: what `app.handle` is asked by. */
export const URL_OF_GATEWAY = "http://localhost:3999";

export interface Desk {
  gateway: Gateway;
  cloud: OpenCloud;
  data: string;
  /** A request as the instructor's script; its answer is held against the API's description. */
  ask(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Answer>;
  end(): Promise<void>;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read JSON of every shape
  body: any;
  headers: Headers;
}

/** Nobody listens there. */
const NO_UPSTREAM = "http://127.0.0.1:9";

/** What machines run where none has to serve: what seats would be isn't known then. */
const NO_AGENT = ["/bin/false"];

/** A gateway in this process, with its own data. Machines are what `agent` runs, with seats that are plain processes. */
export async function openDesk(agent: readonly string[] = NO_AGENT, upstream = NO_UPSTREAM): Promise<Desk> {
  const data = await mkdtemp(join(tmpdir(), "clarateach-gateway-"));
  const cloud = await openLocalCloud({ data, agent, runtime: agent === NO_AGENT ? "auto" : "process" });
  const config = {
    port: 3999,
    host: "127.0.0.1",
    url: URL_OF_GATEWAY,
    data,
    apiTokenDigest: digestOf(API_TOKEN),
    upstream: upstreamOf(upstream),
  };
  const gateway = await openGateway(config, cloud, pino({ level: "silent" }));
  return {
    gateway,
    cloud,
    data,
    ask: (method, path, body, init = {}) => ask(gateway, method, path, body, init),
    end: async () => {
      await gateway.end();
      await cloud.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function ask({ app }: Gateway, method: string, path: string, body: unknown, init: RequestInit): Promise<Answer> {
  const headers = new Headers({ authorization: `Bearer ${API_TOKEN}`, ...Object.fromEntries(new Headers(init.headers)) });
  if (headers.get("authorization") === "none") headers.delete("authorization");
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(URL_OF_GATEWAY + path, {
    ...init,
    method,
    headers,
    ...(text !== undefined && { body: text as string }),
  });
  const response = await app.handle(request);
  const answer = { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  expectDescribed(method, path, answer);
  return answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A workshop that runs as far as the records go: its machine is an address and nothing else. */
export async function runningRecord(desk: Desk, wish: { seats?: number; name?: string; owner?: string } = {}) {
  const created = await desk.ask("POST", "/api/workshops", {
    name: wish.name ?? "First steps",
    seats: wish.seats ?? 10,
    apiKey: KEY,
  });
  const { workshopId: id, code } = created.body as { workshopId: string; code: string };
  const { db } = desk.gateway;
  const now = new Date();
  const times = {
    started_at: now.toISOString(),
    ready_at: now.toISOString(),
    ends_at: new Date(now.getTime() + 3_600_000).toISOString(),
  };
  await db
    .updateTable("workshops")
    .set({ state: "running", attempt: 1, ...times, ...(wish.owner && { owner: wish.owner }) })
    .where("id", "=", id)
    .execute();
  await db.updateTable("seats").set({ ready: 1 }).where("workshop", "=", id).execute();
  const detail = JSON.stringify({ endpoint: "localhost:4000", url: "http://localhost:4000", ip: "127.0.0.1" });
  const machine = {
    workshop: id,
    kind: "machine" as const,
    idx: 1,
    name: `clarateach-${id}`,
    attempt: 1,
    wanted: "present" as const,
  };
  await db
    .insertInto("resources")
    .values({ ...machine, observed: "starting", version: 1, detail })
    .execute();
  return { id, code };
}
