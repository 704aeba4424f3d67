import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { runtimeDirectories } from "../../agent/contract/running.ts";
import type { FullClass } from "./class.ts";
import { type Figure, percentile } from "./figures.ts";
import { openSsh } from "./ssh.ts";
import { KEYS, openViewer } from "./viewer.ts";

/** Enough for a p99 that isn't one outlier; at a few ms each it stays under ten seconds. */
const KEYSTROKES = 600;

/** Ten seats connected, the last one flooding; keystrokes of seat 01 and of `ssh localhost tmux`, one of each in turn. */
export async function echo(world: FullClass): Promise<Figure[]> {
  const viewers = await Promise.all(world.learners.map((learner) => openViewer(learner)));
  const [ours, flooding] = [viewers[0], viewers.at(-1)];
  if (!ours || !flooding) throw new Error("the bench needs seats");
  const peer = await openSsh(seatConfig(world));
  for (const side of [ours, peer]) {
    const ready = side.sees("READY");
    side.type("echo RE''ADY; cat\r");
    await ready;
  }
  flooding.type("yes 'a line of a build that goes on and on'\r");
  const samples: Record<"ours" | "ssh", number[]> = { ours: [], ssh: [] };
  for (let i = 0; i < KEYSTROKES; i++) {
    samples.ours.push(await keystroke(ours, i));
    samples.ssh.push(await keystroke(peer, i));
  }
  flooding.type("\x03");
  ours.type("\x03");
  for (const viewer of viewers) viewer.close();
  await peer.end();
  return [50, 99].map((p) => ({
    bench: "echo",
    name: `keystroke p${p}, ten seats, one flooding`,
    value: percentile(samples.ours, p),
    unit: "ms",
    peer: { name: "ssh localhost tmux", value: percentile(samples.ssh, p) },
    aim: p === 50 ? 1.3 : 2,
  }));
}

/** The settings of a seat's own tmux, for the peer to have the same. */
function seatConfig({ agent }: FullClass): string | undefined {
  const machine = basename(agent.directory);
  return runtimeDirectories(machine)
    .map((directory) => join(directory, "01", "tmux.conf"))
    .find((path) => existsSync(path));
}

/** One key, until its echo came; every so often the line is ended, so that it stays one line. */
export async function keystroke(
  side: { type(text: string): void; sees(text: string): Promise<void> },
  i: number,
): Promise<number> {
  const key = KEYS[i % KEYS.length] ?? "q";
  if (i % 40 === 39) {
    const line = side.sees("\n");
    side.type("\r");
    await line;
  }
  const seen = side.sees(key);
  const from = performance.now();
  side.type(key);
  await seen;
  return performance.now() - from;
}
