import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { expectDescribed } from "./described.ts";
import { until } from "./until.ts";

const root = new URL("../..", import.meta.url).pathname;

/** A real gateway process with its own data directory, port and API token; its agents are the compiled executable. */
export interface World {
  url: string;
  data: string;
  apiToken: string;
  /** The link the terminal printed. */
  signInLink(): string;
  /** All that the gateway printed so far. */
  output(): string;
  gateway(): Subprocess;
  /** `fetch` of an API path as the instructor's script. */
  api(path: string, init?: ApiInit): Promise<Answer>;
  /** Ends the gateway as Ctrl-C does and resolves with its exit code. */
  interrupt(): Promise<number>;
  /** kill -9 of the gateway alone. */
  kill(): Promise<void>;
  /** The same data and port again. */
  restart(): Promise<void>;
  /** Stops every workshop, the gateway, and removes the data. */
  end(): Promise<void>;
}

export type ApiInit = Omit<RequestInit, "body"> & { json?: unknown; body?: BodyInit; anonymous?: boolean };
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read JSON of every shape
  body: any;
  headers: Headers;
}

export async function startWorld(settings: Record<string, string> = {}): Promise<World> {
  const data = await mkdtemp(join(tmpdir(), "clarateach-world-"));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const apiToken = `test-${crypto.randomUUID()}`;
  let printed = "";
  let child: Subprocess;

  async function launch(): Promise<void> {
    printed = "";
    const started = Bun.spawn([process.execPath, "gateway/main.ts"], {
      cwd: root,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: data,
        LANG: "C.UTF-8",
        BUN_CONFIG_MAX_HTTP_REQUESTS: "4096",
        PORT: String(port),
        CLARATEACH_DATA: data,
        CLARATEACH_API_TOKEN: apiToken,
        // Where Docker runs with the seats' image, `auto` would take it.
        ...(settings.CLARATEACH_CLOUD !== "gce" && { CLARATEACH_RUNTIME: "process" }),
        CLARATEACH_TOOLS: process.env.CLARATEACH_TOOLS ?? "",
        // Nobody listens there: no test asks the real one.
        CLARATEACH_LLM_URL: "http://127.0.0.1:9",
        ...settings,
      },
      stdout: "pipe",
      stderr: "pipe",
      stdin: "ignore",
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) void collect(stream, (text) => (printed += text));
    await until("the gateway to serve", async () => {
      if (started.exitCode !== null) throw new Error(`the gateway ended with ${started.exitCode}:\n${printed}`);
      return fetch(`${url}/healthz`)
        .then((r) => r.ok)
        .catch(() => false);
    });
  }

  async function api(path: string, init: ApiInit = {}): Promise<Answer> {
    const { json, anonymous, ...rest } = init;
    const headers = new Headers(init.headers);
    if (!anonymous) headers.set("authorization", `Bearer ${apiToken}`);
    if (json !== undefined) headers.set("content-type", "application/json");
    const body = json === undefined ? rest.body : JSON.stringify(json);
    const response = await fetch(url + path, { ...rest, headers, ...(body === undefined ? {} : { body }) });
    const answer = { status: response.status, headers: response.headers, body: parse(await response.text()) };
    expectDescribed(rest.method ?? "GET", path, answer);
    return answer;
  }

  await launch();
  const world: World = {
    url,
    data,
    apiToken,
    api,
    gateway: () => child,
    output: () => printed,
    signInLink: () => /https?:\/\/\S+\/sign-in#\S+/.exec(printed)?.[0] ?? "",
    interrupt: async () => {
      child.kill("SIGINT");
      return child.exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    restart: launch,
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) await launch();
      const { body } = await api("/api/workshops");
      const ids: string[] = (body.workshops ?? body).map((w: { workshopId?: string; id?: string }) => w.workshopId ?? w.id);
      await Promise.all(ids.map((id) => api(`/api/workshops/${id}/stop`, { method: "POST" })));
      child.kill("SIGINT");
      await child.exited;
      await rm(data, { recursive: true, force: true });
    },
  };
  return world;
}

/** Creates and starts a workshop and waits until it runs. */
export async function runningWorkshop(world: World, wish: { name?: string; seats?: number } = {}) {
  const created = await world.api("/api/workshops", {
    method: "POST",
    json: { name: wish.name ?? "First steps", seats: wish.seats ?? 2, apiKey: "sk-ant-test-0123456789-0123456789-0123456789" },
  });
  if (created.status !== 201) throw new Error(`create answered ${created.status}: ${JSON.stringify(created.body)}`);
  const id: string = created.body.workshopId;
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  const workshop = await until("the workshop to run", async () => {
    const { body } = await world.api(`/api/workshops/${id}`);
    if (body.status === "failed") throw new Error(`the workshop failed: ${JSON.stringify(body)}`);
    return body.status === "running" ? body : undefined;
  });
  return { id, code: created.body.code as string, workshop };
}

export async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = server.port ?? 0;
  await server.stop(true);
  return port;
}

/** Hands on what a process prints, as it prints it. */
export async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
