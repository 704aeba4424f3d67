import type { FullClass } from "./class.ts";
import { keystroke } from "./echo.ts";
import { type Figure, percentile } from "./figures.ts";
import { openViewer, type Viewer } from "./viewer.ts";

/** As long as a laptop that was closed and opened again. */
const UNREAD_MS = 30_000;
/** Twenty keys a second, a fast typist: as many as the line takes would grow the agent's heap by themselves (15 MB for 3,000 a second). */
const TYPING_MS = 50;
const PRINTED = "500M";
/** Read as it comes, first: what the agent allocates once, it allocates now. */
const WARM_UP = "20M";

const flood = (bytes: string): string => `clear; head -c ${bytes} /dev/zero | tr '\\0' x | fold -w 100; echo e''nd-of-it\r`;

async function printed(viewer: Viewer, bytes: string): Promise<void> {
  const end = viewer.sees("end-of-it");
  viewer.type(flood(bytes));
  await end;
}

/** Seat 01 prints 500 MB while its page reads nothing for 30 s; seat 02 types on meanwhile; then seat 01 reads again. */
export async function slowReader({ learners, agent }: FullClass): Promise<Figure[]> {
  const [first, second] = learners;
  if (!first || !second) throw new Error("the bench needs two seats");
  const [slow, other] = await Promise.all([openViewer(first), openViewer(second)]);
  await printed(slow, WARM_UP);
  other.type("cat\r");
  for (let i = 0; i < 20; i++) await keystroke(other, i); // the first ones pay for what isn't compiled yet
  const before = await agent.residentMb();
  slow.pause();
  slow.type(flood(PRINTED));
  const samples: number[] = [];
  let most = before;
  for (const until = Date.now() + UNREAD_MS; Date.now() < until; ) {
    samples.push(await keystroke(other, samples.length));
    await Bun.sleep(TYPING_MS);
    if (samples.length % 50 === 0) most = Math.max(most, await agent.residentMb());
  }
  most = Math.max(most, await agent.residentMb());
  const end = slow.sees("end-of-it");
  slow.resume();
  await end;
  other.type("\x03");
  slow.close();
  other.close();
  return [
    {
      bench: "slow-reader",
      name: "agent's growth while a page reads nothing for 30 s",
      value: most - before,
      unit: "MB",
      aim: 8,
    },
    { bench: "slow-reader", name: "another seat's keystroke p99 meanwhile", value: percentile(samples, 99), unit: "ms" },
  ];
}
