import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, percentile } from "./figures.ts";

const WORKSHOPS = 250;
/** Of these, the first pay for what isn't compiled yet and aren't counted. */
const WARM = 300;
/** A class of thirty pressing Join together, again and again. */
const AT_ONCE = 30;

/** Joins over HTTP on records without machines, beside the same server answering a constant. No seat may be given twice. */
export async function joins(): Promise<Figure[]> {
  const data = await mkdtemp(join(tmpdir(), "bench-joins-"));
  const server = Bun.spawn([process.execPath, "scripts/benchmarks/joins-server.ts", data, String(WORKSHOPS)], {
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    const first = await server.stdout.getReader().read();
    const [ours, peer] = new TextDecoder().decode(first.value).trim().split(" ");
    const theirs = await run(`http://127.0.0.1:${peer}/api/join`);
    const mine = await run(`http://127.0.0.1:${ours}/api/join`);
    const taken = new Set(mine.seats);
    return [
      {
        bench: "joins",
        name: `joins, ${AT_ONCE} at once`,
        value: mine.perSecond,
        unit: "1/s",
        peer: { name: "constant answer, Bun.serve", value: theirs.perSecond },
      },
      { bench: "joins", name: "joins per second", value: mine.perSecond, unit: "1/s", aim: 500 },
      { bench: "joins", name: "join p99", value: percentile(mine.times, 99), unit: "ms", aim: 60 },
      { bench: "joins", name: "seats given twice", value: mine.seats.length - taken.size, unit: "", aim: 0 },
    ];
  } finally {
    server.kill();
    await server.exited;
    await rm(data, { recursive: true, force: true });
  }
}

async function run(url: string): Promise<{ perSecond: number; times: number[]; seats: string[] }> {
  const codes = Array.from({ length: WORKSHOPS * 10 }, (_, i) => `BENCH-${String(i % WORKSHOPS).padStart(4, "0")}`);
  const times: number[] = [];
  const seats: string[] = [];
  let from = performance.now();
  const one = async (): Promise<void> => {
    for (let code = codes.pop(); code; code = codes.pop()) {
      const start = performance.now();
      const answer = await fetch(url, {
        method: "POST",
        body: JSON.stringify({ code }),
        headers: { "content-type": "application/json" },
      });
      const body = (await answer.json()) as { seat?: number };
      if (!answer.ok) throw new Error(`a join answered ${answer.status}: ${JSON.stringify(body)}`);
      times.push(performance.now() - start);
      seats.push(`${code} ${body.seat}`);
      if (seats.length === WARM) {
        times.length = 0;
        from = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { perSecond: times.length / ((performance.now() - from) / 1000), times, seats };
}
