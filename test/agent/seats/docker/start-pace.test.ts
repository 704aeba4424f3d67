import { describe, expect, test } from "bun:test";
import { canRunDocker } from "../../../support/dockerd.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";
import { until } from "../../../support/until.ts";

const SIZE = { cols: 80, rows: 24 };

describe.skipIf(!canRunDocker)("what a page makes the daemon do (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1, 2]);

  test("terminals and screens of one seat begin ten at once and two a second, with a sentence; those of another seat as ever", async () => {
    const [one, other] = [await here.seats.seat(1), await here.seats.seat(2)];
    let refusal = "";
    let opened = 0;
    const tries = [
      async () => (await one.attach(SIZE)).close(),
      async () => void (await one.history()),
      async () => (await one.spawn(["sleep", "60"])).kill(),
    ];
    const started = performance.now();
    const tryOne = (one: () => Promise<void>) =>
      one().then(
        () => opened++,
        async (error) => {
          refusal = String(error);
          // A page that comes again at once.
          await new Promise(setImmediate);
        },
      );
    // At once, for a daemon that is slow by itself would refuse none of those that come one after the other.
    const round = [...tries, ...tries, ...tries, ...tries, ...tries];
    while (performance.now() - started < 5000 || refusal === "") await Promise.all(round.map(tryOne));
    const seconds = (performance.now() - started) / 1000;
    expect(opened).toBeGreaterThanOrEqual(10);
    expect(opened).toBeLessThanOrEqual(10 + 2 * seconds + 1);
    expect(refusal).toContain("opens by itself");
    // The reason of a socket's close has no room for more.
    expect(Buffer.byteLength(refusal)).toBeLessThanOrEqual(123);
    (await other.attach(SIZE)).close();
    await until("the first seat's next terminal", () =>
      one.attach(SIZE).then(
        (pty) => {
          pty.close();
          return true;
        },
        () => false,
      ),
    );
  });
});
