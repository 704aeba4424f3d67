import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { openssl } from "../../test/support/signed.ts";
import type { Figure } from "./figures.ts";
import { mostMb, processorSeconds } from "./process-figures.ts";
import { down, frames, requests, up } from "./proxies-load.ts";
import { HOST, type Proxying, startCaddy, startFront, startNginx } from "./proxies-servers.ts";

const GB = 1000;

/** What is measured of each, per second of its processor time: so much of it, and a part of that before, for what isn't compiled yet. */
const LOADS: { name: string; unit: string; aim: number; count: number; run(port: number, count: number): Promise<void> }[] = [
  { name: "requests", unit: "calls/s", aim: 2, count: 20_000, run: requests },
  ...[100, 16_384].map((size) => ({
    name: `WebSocket frames of ${size} B`,
    unit: "frames/s",
    aim: 1,
    count: 40_000,
    run: (port: number, count: number) => frames(port, size, count),
  })),
  { name: "1 GB down", unit: "MB/s", aim: 1, count: GB, run: (port, count) => down(port, count * 1e6) },
  { name: "1 GB up", unit: "MB/s", aim: 1, count: GB, run: (port, count) => up(port, count * 1e6) },
];
const WARM = 0.2;

/** The front beside Debian's caddy and nginx, all by TLS before the same upstream, one after the other. */
export async function proxies(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "bench-proxies-"));
  const upstream = Bun.spawn([process.execPath, "scripts/benchmarks/proxies-upstream.ts"], { stdout: "pipe", stderr: "inherit" });
  const running: Subprocess[] = [upstream];
  try {
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(directory, name)) as [string, string];
    await openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`, "-keyout", key, "-out", cert],
    );
    const port = new TextDecoder().decode((await upstream.stdout.getReader().read()).value).trim();
    const around = { directory, upstream: `127.0.0.1:${port}`, key, cert };
    const found: [Proxying, number[]][] = [];
    for (const start of [startFront, startCaddy, startNginx]) {
      const proxy = await start(around);
      running.push(proxy.child);
      found.push([proxy, await measured(proxy)]);
    }
    return figures(found);
  } finally {
    for (const child of running) child.kill();
    await Promise.all(running.map(({ exited }) => exited));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns what each load gave, and at the end the most memory, in MB */
async function measured({ name, port, child }: Proxying): Promise<number[]> {
  const values: number[] = [];
  for (const { run, count, name: load } of LOADS) {
    await run(port, count * WARM);
    const before = processorSeconds(child.pid);
    await run(port, count);
    values.push(count / (processorSeconds(child.pid) - before));
    console.error(`  ${name}: ${load}: ${values.at(-1)?.toFixed(0)}`);
  }
  return [...values, mostMb(child.pid)];
}

function figures([ours, ...peers]: [Proxying, number[]][]): Figure[] {
  const bench = "proxies";
  const own = ours?.[1] ?? [];
  const beside = LOADS.flatMap(({ name, unit, aim }, i) =>
    peers.map(([{ name: peer }, values]) => ({
      ...{
        bench,
        name: `${name}, per processor second`,
        unit,
        value: own[i] ?? Number.NaN,
        peer: { name: peer, value: values[i] ?? Number.NaN },
      },
      ...(peer === "caddy" && { aim }),
    })),
  );
  const most = { bench, name: "the most memory meanwhile", unit: "MB" };
  const memory = peers.map(([{ name: peer }, values]) => ({
    ...most,
    name: `${most.name}, ${peer}`,
    value: values.at(-1) ?? Number.NaN,
  }));
  return [...beside, { ...most, value: own.at(-1) ?? Number.NaN, aim: 64 }, ...memory];
}
