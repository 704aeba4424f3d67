import { type ManyClasses, startManyClasses } from "../../test/support/many-classes.ts";
import type { Figure } from "./figures.ts";

/** Of three machines each. */
const WORKSHOPS = Number(process.env.BENCH_WORKSHOPS ?? 200);
const SEATS = Number(process.env.BENCH_SEATS ?? 30);
/** A VM's boot: until it has a host and an address, until it runs, until its agent answers. */
const TIMES = { provision: 3000, stage: 2000, delete: 20_000, change: 4000 };
const BOOT_MS = 55_000;

/** Many classes of one gateway process started and stopped side by side, beside one alone; the first authority refuses half of them. */
export async function cloud(): Promise<Figure[]> {
  const classes = await startManyClasses({ bootMs: BOOT_MS, times: TIMES, orders: Math.ceil((WORKSHOPS * SEATS) / 20) });
  try {
    return await measured(classes);
  } finally {
    await classes.end();
  }
}

async function measured(classes: ManyClasses): Promise<Figure[]> {
  const [alone, ids] = [await classes.make(1, SEATS), await classes.make(WORKSHOPS, SEATS)];
  const one = { start: seconds(await classes.start(alone)), stop: seconds(await classes.stop(alone)) };
  const before = classes.cost();
  const all = { start: seconds(await classes.start(ids)), stop: 0 };
  console.error(`… one alone ${one.start.toFixed(1)} s, all run after ${all.start.toFixed(1)} s`);
  const running = classes.cost();
  all.stop = seconds(await classes.stop(ids));
  const after = classes.cost();
  const left = classes.left();
  if (left.length > 0) throw new Error(`left in the cloud: ${left.slice(0, 10).join(", ")}`);
  const figure = (name: string, value: number, unit: string, more: Partial<Figure> = {}) => ({
    bench: "cloud",
    name,
    value,
    unit,
    ...more,
  });
  const beside = (value: number) => ({ peer: { name: "one alone", value }, aim: 1.5 });
  return [
    figure(`${WORKSHOPS} classes of ${SEATS} seats, from start until the last runs`, all.start, "s", beside(one.start)),
    figure("from stop until the last is gone", all.stop, "s", beside(one.stop)),
    figure("the gateway's most memory meanwhile", after.peakMb, "MB"),
    figure("its processor time: starting", running.cpuSeconds - before.cpuSeconds, "s"),
    figure("its processor time: stopping", after.cpuSeconds - running.cpuSeconds, "s"),
    figure(
      "the longest that a machine heard nothing",
      Math.max(...classes.machines.map((each) => each.longestSilenceMs)) / 1000,
      "s",
    ),
    figure("orders that the first authority refused", classes.first.refused, ""),
  ];
}

const seconds = (milliseconds: number): number => milliseconds / 1000;
