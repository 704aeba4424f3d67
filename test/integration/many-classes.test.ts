/** Many classes side by side of one gateway process with Bun's own pool of fetches; `./scripts/bench cloud` does the same with 200. */
import { expect, test } from "bun:test";
import { startManyClasses } from "../support/many-classes.ts";

const CLASSES = 6;
/** Three machines each. */
const SEATS = 30;
const MACHINES = 3 * CLASSES;
const WAIT = 1_200_000;

test(
  "six classes of three machines start and stop side by side; a first authority that takes four orders doesn't cost any; nothing is left",
  async () => {
    const times = { provision: 300, stage: 300, delete: 1000, change: 500 };
    const classes = await startManyClasses({ bootMs: 1500, orders: 4, times });
    try {
      const ids = await classes.make(CLASSES, SEATS);
      const started = await classes.start(ids);
      expect(classes.machines).toHaveLength(MACHINES);
      expect(classes.machines.every(({ calls }) => calls > 0)).toBe(true);
      expect(classes.first.refused).toBe(MACHINES - 4);
      // What all want at once is read and changed together: each by itself would be 18 times as many.
      const { changes = [] } = classes.google.world.dns.zones.get("ws") ?? {};
      expect(changes.length).toBeLessThan(2 * MACHINES);
      const stopped = await classes.stop(ids);
      expect(classes.left()).toEqual([]);
      const { cpuSeconds, peakMb } = classes.cost();
      const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
      console.log(
        `    started in ${seconds(started)} s, stopped in ${seconds(stopped)} s, ${cpuSeconds.toFixed(1)} s of processor, ${peakMb.toFixed(0)} MB`,
      );
    } finally {
      await classes.end();
    }
  },
  WAIT,
);
