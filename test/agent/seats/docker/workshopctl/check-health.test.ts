import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { SeatHandle } from "../../../../../agent/seats/seat.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Layered, layeredMachines } from "../../../../support/layered.ts";
import { until } from "../../../../support/until.ts";

const STRANGER = "workshopctl: Only hooks of SDKs may call workshopctl, in their own seat and as long as they run.";
/** What a call answers, and its code. */
const noted = (call: string, file: string) => `{ ${call} && echo 0 || echo $?; } >> ${file} 2>&1`;
const OKAY = "workshopctl set-health okay";

/** Each seat is in another state. */
const STATES = `echo "$(id -u) $PWD \${#WORKSHOP_COOKIE}" >> /workspace/runs
case "$(hostname)" in
seat-01) /var/lib/workshop/bin/${OKAY} ;;
seat-02)
  if [ "$(wc -l < /workspace/runs)" = 3 ]; then ${OKAY}; else workshopctl set-health waiting "not up yet"; fi ;;
seat-03)
  workshopctl set-health --code=no-database error "there is no database" ;;
seat-04) echo "nothing to say" ;;
esac`;

describe.skipIf(!canRunDocker)("check-health and workshopctl (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();

  /** Of a seat, when it has ended for the first time: a seat that failed is tried again in a change of its own. */
  const checked = (machine: Layered, seat: number) =>
    until(`the end of seat ${seat}'s check`, () => {
      const tasks = machine.manager.report().changes.flatMap((change) => change.tasks);
      return tasks.find(
        ({ summary, status }) => summary === `Check the health of seat 0${seat}` && (status === "done" || status === "error"),
      );
    });

  test("check 20: okay, or waiting twice and then okay: the seat is there; error, or nothing said: it costs that seat alone and says why", async () => {
    const machine = await here.make();
    await machine.want([1, 2, 3, 4], { one: { "hooks/check-health": STATES }, two: { "hooks/check-health": OKAY } });
    const tasks = await Promise.all([1, 2, 3, 4].map((seat) => checked(machine, seat)));
    expect(tasks.map(({ log }) => log)).toEqual([
      [],
      ["one is waiting: not up yet", "one is waiting: not up yet"],
      ["one is in error: there is no database (no-database)"],
      ["nothing to say", "check-health of one ended without calling workshopctl set-health."],
    ]);
    expect(tasks.map(({ status }) => status)).toEqual(["done", "done", "error", "error"]);
    for (const [number, runs] of [[1, 1] as const, [2, 3] as const]) {
      const seat = await machine.ready(number);
      const line = `${seat.owner.uid} /var/lib/workshop/sdk/one/hooks 64\n`;
      expect((await seat.exec(["cat", "/workspace/runs"])).stdout).toBe(line.repeat(runs));
    }
  });

  test("check 20: always waiting ends after ten retries, a look that doesn't end after five seconds", async () => {
    const machine = await here.make();
    const hook = `[ "$(hostname)" = seat-01 ] || exec sleep 1000\nworkshopctl set-health waiting "it never comes"`;
    await machine.want([1, 2], { one: { "hooks/check-health": hook } });
    const logs = (await Promise.all([1, 2].map((seat) => checked(machine, seat)))).map(({ log }) => log);
    expect(logs).toEqual([
      [...Array(10).fill("one is waiting: it never comes"), "one is still waiting after 10 retries: it never comes"],
      ["check-health of one did not end within 5 seconds and was ended."],
    ]);
  });

  test("whoever isn't a check-health that runs is refused: builder, another hook, a terminal, another seat, an old cookie", async () => {
    const machine = await here.make();
    const wrong = ["", "get-health", "set-health fine", 'set-health okay "all is well"', "set-health waiting short"];
    const setup = [
      noted(OKAY, "/workspace/setup"),
      "echo $WORKSHOP_COOKIE > /workspace/cookie.part; mv /workspace/cookie.part /workspace/cookie",
      "until [ -e /workspace/go ]; do sleep 0.1; done",
    ];
    await machine.want([1, 2], {
      one: {
        "hooks/setup-base": `${noted(OKAY, "/opt/base")} # ${crypto.randomUUID()}`,
        "hooks/setup-project": setup.join("\n"),
        "hooks/check-health": [...wrong.map((words) => noted(`workshopctl ${words}`, "/workspace/wrong")), OKAY].join("\n"),
      },
    });
    const seats = [1, 2].map((seat) => machine.manager.runtime.handle(seat, 1)) as [SeatHandle, SeatHandle];
    const [one] = seats;
    const cookieOf = (seat: SeatHandle) =>
      until(
        "the cookie",
        async () => (await seat.exec(["cat", "/workspace/cookie"]).catch(() => undefined))?.stdout.trim() || undefined,
      );
    const cookies = await Promise.all(seats.map(cookieOf));
    const ask = (seat: SeatHandle, cookie?: string) =>
      seat.exec(OKAY.split(" "), cookie === undefined ? {} : { env: { WORKSHOP_COOKIE: cookie } });
    const refused = (sentence: string) => ({ code: 1, stdout: "", stderr: `${sentence}\n` });
    const notHere = "workshopctl: set-health may be called in check-health only, and this is setup-project.";
    for (const [i, seat] of seats.entries()) {
      expect(await ask(seat, cookies[i])).toEqual(refused(notHere));
      expect(await ask(seat, cookies[1 - i])).toEqual(refused(STRANGER));
      await expect(ask(seat)).resolves.toMatchObject({ code: 1, stderr: expect.stringContaining(STRANGER) });
    }
    for (const seat of seats) await seat.exec(["touch", "/workspace/go"]);
    for (const seat of [1, 2]) await machine.ready(seat);
    for (const seat of seats) for (const old of cookies) expect(await ask(seat, old)).toEqual(refused(STRANGER));
    const files = async (path: string) => (await one.exec(["cat", path])).stdout;
    expect(await files("/workspace/setup")).toBe(`${notHere}\n1\n`);
    expect(await files("/opt/base")).toBe(
      `${STRANGER} The builder that setup-base runs in has no engine: call it in check-health.\n1\n`,
    );
    expect((await files("/workspace/wrong")).split("\n").filter((line) => line !== "1")).toEqual([
      "workshopctl: workshopctl has one command: set-health.",
      "workshopctl: workshopctl has one command: set-health.",
      'workshopctl: "fine" is no state: say okay, waiting or error.',
      "workshopctl: okay goes without a message and without a code.",
      "workshopctl: The message has 5 characters; it must have 7 to 70.",
      "",
    ]);
    const run = "/var/lib/workshop/run";
    const look = await one.exec(["sh", "-c", `touch ${run}/mine; rmdir ${run}; ls ${run}; stat -c %U:%a ${run}`]);
    expect(look.stdout).toBe("root:755\n");
  });

  test("a seat that floods its socket takes a few connections of the agent's, and the next seat is there meanwhile", async () => {
    const machine = await here.make();
    const flood = `python3 -c '${FLOOD}' & until [ -e /workspace/go ]; do sleep 0.1; done; kill $!`;
    const setup = `[ "$(hostname)" = seat-02 ] || { ${flood}; }`;
    const before = readdirSync("/proc/self/fd").length;
    await machine.want([1, 2], { one: { "hooks/setup-project": setup, "hooks/check-health": OKAY } });
    const one = machine.manager.runtime.handle(1, 1);
    let most = 0;
    await until("the flood", async () => {
      most = Math.max(most, readdirSync("/proc/self/fd").length);
      return (await one.exec(["cat", "/workspace/flooded"]).catch(() => undefined))?.stdout === "yes";
    });
    expect(most - before).toBeLessThan(60);
    await machine.ready(2);
    expect(machine.manager.seat(1)).toBeUndefined();
    await one.exec(["touch", "/workspace/go"]);
    await machine.ready(1);
  });
});

/** Holds what it can, and opens and closes more without end. */
const FLOOD = `
import socket, time
held = []
begun = time.time()
told = False
while True:
    one = socket.socket(socket.AF_UNIX)
    try:
        one.connect("/var/lib/workshop/run/workshopctl.sock")
        if len(held) < 900: held.append(one)
        else: one.close()
    except OSError: one.close()
    if not told and time.time() - begun > 3:
        open("/workspace/flooded", "w").write("yes")
        told = True
`;
