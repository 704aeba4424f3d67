import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { until } from "../../test/support/until.ts";
import { type Figure, percentile } from "./figures.ts";
import { processorSeconds } from "./process-figures.ts";

const ASKS = 400;
/** The first pay for what isn't compiled yet. */
const WARM = 100;
const MEGABYTES = 200;
/** What streams in all while memory is looked at. */
const MEMORY_MEGABYTES = 1000;
const FIRED = 50;
const ROUNDS = 20;
/** A quick model's first byte. */
const THINKS_MS = 200;
interface Way {
  url: string;
  token?: string;
  /** How long the upstream thinks, in milliseconds. */
  wait?: number;
}

/** The relay beside its upstream asked directly, and beside nginx before the same upstream. */
export async function relay(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "bench-relay-"));
  const running: Subprocess[] = [];
  try {
    const upstream = await start<Way>(running, "upstream");
    const { seats } = await start<{ seats: Way[] }>(running, "relay", upstream.url, directory);
    const [one, ...others] = seats as [Way, ...Way[]];
    const nginx = await startNginx(running, directory, upstream.url);
    const [server, proxy] = [running[1]?.pid ?? 0, nginx.worker];

    await firstBytes(one, WARM);
    const direct = await firstBytes(upstream, ASKS);
    const through = await firstBytes(one, ASKS);
    const behindNginx = await firstBytes(nginx, ASKS);
    const ours = await perSecond(server, one, MEGABYTES);
    const theirs = await perSecond(proxy, nginx, MEGABYTES);
    const ten = await together(seats);
    const tenDirect = await together(seats.map(() => upstream));
    const slow = others.map((way) => ({ ...way, wait: THINKS_MS }));
    const alone = await neighbours(slow);
    const stop = new AbortController();
    const firing = Array.from({ length: FIRED }, () => fireOn({ ...one, wait: THINKS_MS }, stop.signal));
    const beside = await neighbours(slow);
    stop.abort();
    await Promise.all(firing);
    await stream(one, MEMORY_MEGABYTES);
    const before = memoryOf(server);
    await stream(one, MEMORY_MEGABYTES);
    const grown = memoryOf(server) - before;

    const bench = "relay";
    return [
      {
        bench,
        name: "added time to first byte, p50",
        value: percentile(through, 50) - percentile(direct, 50),
        unit: "ms",
        aim: 3,
      },
      { bench, name: "the same of nginx", value: percentile(behindNginx, 50) - percentile(direct, 50), unit: "ms" },
      {
        bench,
        name: "streamed per processor second",
        value: ours,
        unit: "MB/s",
        peer: { name: "nginx", value: theirs },
        aim: 0.7,
      },
      {
        bench,
        name: "ten streams at once, first byte p95",
        value: ten,
        unit: "ms",
        peer: { name: "directly", value: tenDirect },
      },
      {
        bench,
        name: "the others' p95 beside fifty of one seat",
        value: beside,
        unit: "ms",
        peer: { name: "alone", value: alone },
        aim: 1.2,
      },
      { bench, name: "memory that a second GB of answers adds", value: grown / 1e6, unit: "MB", aim: 16 },
    ];
  } finally {
    for (const child of running) child.kill();
    await Promise.all(running.map(({ exited }) => exited));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function start<T>(running: Subprocess[], ...args: string[]): Promise<T> {
  const child = Bun.spawn([process.execPath, "scripts/benchmarks/relay-server.ts", ...args], {
    stdout: "pipe",
    stderr: "inherit",
  });
  running.push(child);
  const first = await child.stdout.getReader().read();
  return JSON.parse(new TextDecoder().decode(first.value)) as T;
}

async function startNginx(running: Subprocess[], directory: string, upstream: string): Promise<Way & { worker: number }> {
  const socket = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = socket;
  socket.stop(true);
  const path = join(directory, "nginx.conf");
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${directory}/nginx.pid; error_log ${directory}/nginx.log; events {}
http { access_log off; client_body_temp_path ${directory}/b; proxy_temp_path ${directory}/p; fastcgi_temp_path ${directory}/f;
uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
upstream up { server ${new URL(upstream).host}; keepalive 16; }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://up; proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const child = Bun.spawn(["nginx", "-c", path, "-p", directory], { stdout: "ignore", stderr: "ignore" });
  running.push(child);
  const url = `http://127.0.0.1:${port}`;
  await until("nginx", () =>
    fetch(url, { method: "POST", body: "{}" })
      .then((answer) => answer.ok)
      .catch(() => false),
  );
  return { url, worker: child.pid };
}

function ask({ url, token = "none", wait = 0 }: Way, megabytes: number, signal?: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ model: "claude-haiku-4-5", stream: true, max_tokens: megabytes, wait });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return fetch(`${url}/v1/messages`, { method: "POST", body, headers, ...(signal && { signal }) });
}

/** Milliseconds until something of the answer is there, one after the other. */
async function firstBytes(way: Way, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) times.push(await firstByte(way));
  return times;
}

async function firstByte(way: Way): Promise<number> {
  const from = performance.now();
  const answer = await ask(way, 0);
  if (!answer.ok) throw new Error(`${way.url} answered ${answer.status}: ${await answer.text()}`);
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const time = performance.now() - from;
  while (!(await reader.read()).done);
  return time;
}

async function stream(way: Way, megabytes: number, signal?: AbortSignal): Promise<number> {
  const answer = await ask(way, megabytes, signal);
  let size = 0;
  for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) size += piece.length;
  return size;
}

/** Megabytes for each second of this process's processor time. */
async function perSecond(pid: number, way: Way, megabytes: number): Promise<number> {
  const before = processorSeconds(pid);
  const size = await stream(way, megabytes);
  return size / 1e6 / (processorSeconds(pid) - before);
}

/** First bytes' p95 of as many at once as there are ways. */
async function together(ways: readonly Way[]): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(...(await Promise.all(ways.map(firstByte))));
  return percentile(times, 95);
}

const neighbours = async (ways: readonly Way[]): Promise<number> =>
  percentile((await Promise.all(ways.map((way) => firstBytes(way, 40)))).flat(), 95);

/** One of many requests of a seat: short ones without end. */
async function fireOn(way: Way, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await stream(way, 0, signal).catch(() => {});
}

const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
