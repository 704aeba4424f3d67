import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { openTerminal, type PlainTerminal } from "./learner.ts";
import { type Pebble, startPebble } from "./pebble.ts";
import type { PublicGatewaySettings } from "./public-gateway.ts";
import { until } from "./until.ts";
import { collect, freePort } from "./world.ts";

const root = join(import.meta.dir, "..", "..");

export const DOMAIN = "class.test";

/** A server with a public name: gateway, front and authority as processes, every name on loopback. */
export interface PublicWorld {
  data: string;
  httpPort: number;
  httpsPort: number;
  pebble: Pebble;
  output(): string;
  gateway(): Subprocess;
  launch(): Promise<void>;
  /** A call by https, the certificate believed by pebble's root alone. */
  ask(host: string, path: string, init?: RequestInit & { json?: unknown; anonymous?: boolean }): Promise<Response>;
  /** A workshop that runs. */
  workshop(seats?: number): Promise<{ id: string; code: string; endpoint: string; url: string }>;
  join(code: string): Promise<{ token: string; endpoint: string; url: string; seat: number }>;
  terminal(joined: { token: string; endpoint: string; seat: number }): Promise<PlainTerminal>;
  end(): Promise<void>;
}

export interface PublicWish {
  /** ACME directories that are asked before pebble. */
  before?: readonly string[];
  /** Socket of a Docker daemon: then it is the product itself, as `scripts/start` runs it. Else seats are plain processes. */
  docker?: string;
}

export async function startPublicWorld({ before = [], docker }: PublicWish = {}): Promise<PublicWorld> {
  const data = await mkdtemp(join(tmpdir(), "ct-public-"));
  const [port, httpPort, httpsPort] = [await freePort(), await freePort(), await freePort()];
  const pebble = await startPebble(httpPort);
  const apiToken = `test-${crypto.randomUUID()}`;
  const authority = `${DOMAIN}:${httpsPort}`;
  const open = { domain: DOMAIN, authority, httpPort, httpsPort, authorities: [...before, pebble.directory] };
  const settings: PublicGatewaySettings = { data, port, apiToken, public: open };
  const base = { PATH: process.env.PATH ?? "", HOME: data, LANG: "C.UTF-8", NODE_EXTRA_CA_CERTS: pebble.caPath };
  const product = {
    ...{ PORT: String(port), CLARATEACH_DATA: data, CLARATEACH_API_TOKEN: apiToken, CLARATEACH_ACME: pebble.directory },
    ...{ CLARATEACH_HTTP_PORT: String(httpPort), CLARATEACH_HTTPS_PORT: String(httpsPort) },
    ...(docker !== undefined && { CLARATEACH_DOCKER_SOCKET: docker }),
  };
  const argv = docker
    ? [join(root, "gateway/main.ts"), "--runtime", "docker", "--domain", DOMAIN]
    : [join(root, "test/support/public-gateway.ts"), JSON.stringify(settings)];
  let child: Subprocess;
  let printed = "";

  async function launch(): Promise<void> {
    printed = "";
    const env = docker ? { ...base, ...product } : base;
    const started = Bun.spawn([process.execPath, ...argv], { cwd: root, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    child = started;
    for (const stream of [started.stdout, started.stderr]) void collect(stream, (text) => (printed += text));
    await until("the door to open", () => {
      if (started.exitCode !== null) throw new Error(`the gateway ended:\n${printed}`);
      return ask(DOMAIN, "/healthz").then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  async function ask(host: string, path: string, init: Parameters<PublicWorld["ask"]>[2] = {}): Promise<Response> {
    const { json, anonymous, ...rest } = init;
    const headers = new Headers(rest.headers);
    headers.set("host", `${host}:${httpsPort}`);
    if (!anonymous && !headers.has("authorization")) headers.set("authorization", `Bearer ${apiToken}`);
    return fetch(`https://127.0.0.1:${httpsPort}${path}`, {
      redirect: "manual",
      ...rest,
      headers,
      ...(json !== undefined && { body: JSON.stringify(json) }),
      tls: { ca: pebble.root, serverName: host },
      keepalive: false,
    } as RequestInit);
  }

  async function workshop(seats = 2) {
    const wish = { name: "In public", seats, apiKey: "sk-ant-test-0123456789-0123456789-0123456789" };
    const created = await ask(DOMAIN, "/api/workshops", { method: "POST", json: wish });
    const { workshopId: id, code } = (await created.json()) as { workshopId: string; code: string };
    await ask(DOMAIN, `/api/workshops/${id}/start`, { method: "POST" });
    const look = async () => {
      const body = await (await ask(DOMAIN, `/api/workshops/${id}`)).json();
      if (body.status === "failed") throw new Error(`the workshop failed: ${body.failure}`);
      return body.status === "running" ? body : undefined;
    };
    const { endpoint, url } = await until("the workshop to run", look);
    return { id, code, endpoint, url };
  }

  await launch();
  return {
    data,
    httpPort,
    httpsPort,
    pebble,
    launch,
    ask,
    workshop,
    output: () => printed,
    gateway: () => child,
    join: async (code) => {
      const answer = await ask(DOMAIN, "/api/join", { method: "POST", json: { code }, anonymous: true });
      if (answer.status !== 200) throw new Error(`join answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    },
    terminal: ({ token, endpoint, seat }) => {
      const path = `/vm/${String(seat).padStart(2, "0")}/terminal`;
      const tls = { ca: pebble.root, serverName: endpoint.replace(/:\d+$/, "") };
      return openTerminal(`wss://127.0.0.1:${httpsPort}${path}`, { host: endpoint, authorization: `Bearer ${token}` }, { tls });
    },
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) await launch();
      const { workshops } = await (await ask(DOMAIN, "/api/workshops")).json();
      const stop = ({ workshopId }: { workshopId: string }) =>
        ask(DOMAIN, `/api/workshops/${workshopId}/stop`, { method: "POST" });
      await Promise.all(workshops.map(stop));
      child.kill("SIGINT");
      await child.exited;
      await pebble.end();
      await rm(data, { recursive: true, force: true });
    },
  };
}
