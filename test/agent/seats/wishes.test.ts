/** What people ask of seats, and what becomes of it: on seats that are notes, so that only deciding is seen. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../../agent/contract/errors.ts";
import type { MachineDocument } from "../../../agent/contract/machine.ts";
import { State } from "../../../agent/engine/state.ts";
import type { Ask } from "../../../agent/seats/asks.ts";
import { openSeats, type SeatManager } from "../../../agent/seats/manager.ts";
import { documentOf, seatOf } from "../../support/document.ts";
import { NotedSeats } from "../../support/noted-seats.ts";
import { until } from "../../support/until.ts";

const MACHINE = "clarateach-ws-wishes";
const opened: { manager: SeatManager; directory: string }[] = [];
afterEach(async () => {
  for (const { manager, directory } of opened.splice(0)) {
    await manager.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

interface Machine {
  noted: NotedSeats;
  readonly manager: SeatManager;
  now: number;
  want(wish?: Partial<MachineDocument> & { numbers?: number[] }): void;
  /** Asks, and waits until nothing goes on any more. */
  ask(ask: Ask, seats?: number[]): Promise<number>;
  settled(): Promise<void>;
  reopen(): Promise<void>;
  statuses(): string;
  kinds(): string[];
}

async function machine(wish: Partial<MachineDocument> & { numbers?: number[] } = {}): Promise<Machine> {
  const noted = new NotedSeats();
  const directory = mkdtempSync(join(tmpdir(), "ct-wishes-"));
  let document = documentOf(MACHINE, 0, { numbers: [1, 2], definition: "a", ...wish });
  const open = () => openSeats({ directory, machine: MACHINE, runtime: noted.make, starterPath: String, now: () => at.now });
  const at: Machine = {
    noted,
    manager: undefined as never,
    now: Date.now(),
    want(more = {}) {
      document = { ...document, ...documentOf(MACHINE, document.revision + 1, { ...document, ...more }) };
      if (more.numbers) document = { ...document, seats: more.numbers.map((seat) => seatOf(seat, 1)) };
      if (more.seats) document = { ...document, seats: more.seats };
      at.manager.want(document);
    },
    async ask(ask, seats = [1]) {
      const changes = await at.manager.ask(seats, ask);
      await at.settled();
      return changes.length;
    },
    async settled() {
      await until("nothing to go on", () => at.manager.changes("in-progress").every(({ status }) => status === "wait"));
      await at.manager.ensure();
      await until("nothing to go on", () => at.manager.changes("in-progress").every(({ status }) => status === "wait"));
    },
    async reopen() {
      await at.manager.close();
      Object.assign(at, { manager: await open() });
      opened[opened.findIndex((one) => one.directory === directory)] = { manager: at.manager, directory };
      at.want();
      await at.settled();
    },
    statuses: () =>
      at.manager
        .report()
        .seats.map(({ status }) => status)
        .join(" "),
    kinds: () => at.manager.changes("all").map(({ kind, status }) => `${kind} ${status}`),
  };
  Object.assign(at, { manager: await open() });
  opened.push({ manager: at.manager, directory });
  at.want();
  await at.settled();
  return at;
}

const refusal = async (asked: Promise<unknown>): Promise<Problem> =>
  asked.then(
    () => expect.unreachable(),
    (error) => error,
  );

test("a launch is seen as off, pending, stopped and ready, in one change", async () => {
  const noted = new NotedSeats();
  const directory = mkdtempSync(join(tmpdir(), "ct-wishes-"));
  const manager = await openSeats({ directory, machine: MACHINE, runtime: noted.make, starterPath: String });
  opened.push({ manager, directory });
  const seen: string[] = [manager.status(1)];
  manager.onChange(() => seen.at(-1) !== manager.status(1) && seen.push(manager.status(1)));
  manager.want(documentOf(MACHINE, 1, { numbers: [1] }));
  await until("the seat", () => manager.seat(1));
  expect(seen).toEqual(["off", "pending", "stopped", "ready"]);
  await until("the end", () => manager.changes("ready")[0]);
  expect(manager.changes("all").map(({ kind, status }) => `${kind} ${status}`)).toEqual(["launch done"]);
});

describe("stopped, started, removed and launched", () => {
  test("a seat stopped by wish isn't repaired, over a restart too, until it is started", async () => {
    const at = await machine();
    expect(await at.ask({ action: "stop" })).toBe(1);
    expect(at.statuses()).toBe("stopped ready");
    await at.reopen();
    expect(at.statuses()).toBe("stopped ready");
    expect(await at.ask({ action: "stop" })).toBe(0);
    expect(await at.ask({ action: "start" })).toBe(1);
    expect(at.statuses()).toBe("ready ready");
    expect(at.noted.did.filter((one) => one.endsWith(" 1"))).toEqual(["make 1", "set-up 1", "stop 1", "repair 1"]);
  });

  test("one removed by wish isn't made again, over a restart too, until it is launched", async () => {
    const at = await machine();
    expect(await at.ask({ action: "remove" })).toBe(1);
    expect(at.statuses()).toBe("off ready");
    expect(at.noted.seats.has(1)).toBe(false);
    await at.reopen();
    expect(at.statuses()).toBe("off ready");
    expect(await at.ask({ action: "remove" })).toBe(0);
    for (const action of ["start", "stop", "refresh", "restore"] as const)
      expect(await refusal(at.manager.ask([1], { action }))).toMatchObject({
        code: "STATE_CONFLICT",
        message: `Seat 01 can't ${action} now: it is off. It can be asked to launch.`,
      });
    expect(await at.ask({ action: "launch" })).toBe(1);
    expect(at.statuses()).toBe("ready ready");
  });

  test("check 7: launched without a start it ends stopped, and is ready when it is started", async () => {
    const at = await machine();
    await at.ask({ action: "remove" });
    await at.ask({ action: "launch", start: false });
    expect(at.statuses()).toBe("stopped ready");
    expect(at.kinds().slice(-1)).toEqual(["launch done"]);
    await at.ask({ action: "start" });
    expect(at.statuses()).toBe("ready ready");
  });

  test("whoever gets a freed seat gets none of the wishes for the one before", async () => {
    const at = await machine();
    await at.ask({ action: "stop" });
    at.want({ seats: [{ ...seatOf(1, 2), freshSince: 2 }, seatOf(2, 1)] });
    await at.settled();
    expect(at.statuses()).toBe("ready ready");
  });

  test("an ending machine beats all wishes", async () => {
    const at = await machine();
    await at.ask({ action: "stop" });
    at.noted.before = (what) => {
      if (what === "restore 2") throw new Error("no");
    };
    await at.ask({ action: "restore", mode: "wait-on-error" }, [2]);
    expect(at.statuses()).toBe("stopped waiting");
    at.want({ phase: "ending" });
    await at.settled();
    await until("nothing left", () => at.noted.seats.size === 0);
    expect(at.statuses()).toBe("off off");
  });
});

describe("made again", () => {
  test("where nothing differs nothing is done; restoring is always done", async () => {
    const at = await machine();
    expect(await at.ask({ action: "refresh" }, [1, 2])).toBe(0);
    expect(at.kinds()).toEqual(["launch done"]);
    expect(await at.ask({ action: "restore" })).toBe(1);
  });

  test("a seat keeps what it was made from until it is refreshed: repaired and restored it has the old, and says so; refreshed the new", async () => {
    const at = await machine();
    const older = () => at.manager.report().seats.map((seat) => seat.older ?? false);
    at.want({ definition: "b" });
    await at.settled();
    expect(older()).toEqual([true, true]);
    at.noted.seats.set(1, { running: false });
    await at.settled();
    expect([at.statuses(), at.noted.seats.get(1)?.definition]).toEqual(["ready ready", "a"]);
    await at.ask({ action: "restore" });
    expect(at.noted.seats.get(1)?.definition).toBe("a");
    expect(at.manager.definitionOf(1)).toBe("a");
    await at.ask({ action: "refresh" });
    expect(at.noted.seats.get(1)?.definition).toBe("b");
    expect([at.manager.definitionOf(1), older()]).toEqual(["b", [false, true]]);
    // Of one that was seen to have all of it.
    at.noted.differs = false;
    expect([await at.ask({ action: "refresh" }, [2]), older()]).toEqual([0, [false, false]]);
  });

  test("one that fails goes back alone, says so, and isn't tried again by itself", async () => {
    const at = await machine();
    at.noted.before = (what) => {
      if (what === "hook 1") throw new Error("no package of that name");
    };
    at.want({ definition: "b" });
    expect(await at.ask({ action: "refresh" }, [1, 2])).toBe(1);
    expect(at.statuses()).toBe("ready ready");
    expect([at.noted.seats.get(1)?.definition, at.noted.seats.get(2)?.definition]).toEqual(["a", "b"]);
    expect(at.manager.report().seats[0]?.note).toBe(
      "Refresh 2 seats failed, and it is what it was before: hook of seat 1: no package of that name",
    );
    at.now += 3_600_000;
    await at.settled();
    expect(at.kinds()).toEqual(["launch done", "refresh error"]);
  });

  test("where only live connections differ, no container is made anew", async () => {
    const at = await machine();
    at.want({ definition: "a tunnel" });
    expect(await at.ask({ action: "refresh" })).toBe(1);
    expect(at.kinds()).toEqual(["launch done", "refresh done"]);
    expect(at.noted.did.slice(-1)).toEqual(["connect 1"]);
    expect(at.manager.definitionOf(1)).toBe("a tunnel");
  });
});

describe("connections", () => {
  const pair = { plug: "node:cache", slot: "system:mount" };

  test("what people connect, disconnect and move stays over refresh and repair, and goes with a restore", async () => {
    const at = await machine();
    await at.ask({ action: "connect", ...pair });
    await at.ask({ action: "disconnect", plug: "node:web", slot: "system:tunnel" });
    await at.ask({ action: "remount", plug: "node:cache", source: "/srv/cache" });
    const byHand = {
      connected: [pair],
      disconnected: [{ plug: "node:web", slot: "system:tunnel" }],
      sources: { "node:cache": "/srv/cache" },
    };
    expect(at.noted.seats.get(1)?.byHand).toEqual(byHand);
    at.want({ definition: "b" });
    await at.ask({ action: "refresh" });
    expect(at.noted.seats.get(1)?.byHand).toEqual(byHand);
    expect(await at.ask({ action: "connect", ...pair })).toBe(0);
    await at.ask({ action: "restore" });
    expect(at.noted.seats.get(1)?.byHand).toBeUndefined();
    expect(at.kinds()).toEqual(
      ["launch", "connect", "disconnect", "remount", "refresh", "restore"].map((kind) => `${kind} done`),
    );
  });

  test("one that can't be had leaves all as it was", async () => {
    const at = await machine();
    at.noted.before = () => {
      throw new Error("there is no camera");
    };
    await at.ask({ action: "connect", ...pair });
    at.noted.before = () => {};
    at.want({ definition: "b" });
    await at.ask({ action: "refresh" });
    expect(at.noted.seats.get(1)?.byHand).toBeUndefined();
  });
});

describe("a change that waits", () => {
  const failing = (at: Machine, what: string) => {
    at.noted.before = (one) => {
      if (one === what) throw new Error("it fails");
    };
  };

  test("it is for a person: nobody else touches its seat, who owns the machine gets in, going on ends ready", async () => {
    const at = await machine();
    at.want({ definition: "b" });
    failing(at, "hook 1");
    await at.ask({ action: "refresh", mode: "wait-on-error" }, [1, 2]);
    expect(at.statuses()).toBe("waiting ready");
    const [change] = at.manager.changes("in-progress");
    expect(at.manager.report().seats[0]).toMatchObject({
      note: "hook of seat 1: it fails",
      operations: ["continue", "abort", "exec"],
    });
    expect([at.manager.seat(1), at.manager.seatToMend(1)?.seat]).toEqual([undefined, 1]);
    for (const action of ["restore", "stop", "remove", "launch"] as const)
      expect(await refusal(at.manager.ask([2, 1], { action }))).toMatchObject({
        ...{ code: "STATE_CONFLICT", details: { change: change?.id, kind: "refresh", seat: 1 } },
      });
    expect(at.statuses()).toBe("waiting ready");
    await at.reopen();
    expect(at.statuses()).toBe("waiting ready");
    at.noted.before = () => {};
    at.manager.continue(change?.id ?? "");
    await at.settled();
    expect(at.statuses()).toBe("ready ready");
    expect(at.noted.seats.get(1)?.definition).toBe("b");
    expect(at.noted.did.filter((one) => one === "renew 1")).toHaveLength(1);
  });

  test("given up, a refreshed seat is what it was before", async () => {
    const at = await machine();
    at.want({ definition: "b" });
    failing(at, "hook 1");
    await at.ask({ action: "refresh", mode: "wait-on-error" });
    at.manager.abort(at.manager.changes("in-progress")[0]?.id ?? "");
    await at.settled();
    expect([at.statuses(), at.noted.seats.get(1)?.definition]).toEqual(["ready ready", "a"]);
  });

  test("given up, a launched seat is off: nothing of it is left, and it isn't made again by itself", async () => {
    const at = await machine();
    await at.ask({ action: "remove" });
    failing(at, "set-up 1");
    await at.ask({ action: "launch", mode: "wait-on-error" });
    expect(at.statuses()).toBe("waiting ready");
    at.manager.abort(at.manager.changes("in-progress")[0]?.id ?? "");
    await at.settled();
    at.now += 3_600_000;
    await at.reopen();
    expect([at.statuses(), at.noted.seats.has(1)]).toEqual(["off ready", false]);
    at.noted.before = () => {};
    await at.ask({ action: "launch" });
    expect(at.statuses()).toBe("ready ready");
  });

  test("given up for one seat, it takes nothing from another that it is through with", async () => {
    const at = await machine();
    await at.ask({ action: "remove" }, [1, 2]);
    failing(at, "set-up 1");
    await at.ask({ action: "launch", mode: "wait-on-error" }, [1, 2]);
    expect(at.statuses()).toBe("waiting ready");
    at.manager.abort(at.manager.changes("in-progress")[0]?.id ?? "");
    await at.settled();
    expect(at.statuses()).toBe("off ready");
    expect(at.noted.did.filter((one) => one.startsWith("back"))).toEqual(["back make 1"]);
  });

  test("what all seats share may wait, too: then each of them does", async () => {
    const at = await machine();
    at.want({ definition: "b" });
    at.noted.before = (what) => {
      if (what.startsWith("build")) throw new Error("apt fails");
    };
    await at.ask({ action: "refresh", mode: "wait-on-error" }, [1, 2]);
    expect(at.statuses()).toBe("waiting waiting");
  });

  test("a definition that is edited meanwhile doesn't count for it, and its note says so", async () => {
    const at = await machine();
    at.want({ definition: "b" });
    failing(at, "hook 1");
    await at.ask({ action: "refresh", mode: "wait-on-error" });
    at.want({ definition: "c" });
    expect(at.manager.report().seats[0]).toMatchObject({ note: expect.stringContaining("definition changed"), older: true });
    at.noted.before = () => {};
    at.manager.continue(at.manager.changes("in-progress")[0]?.id ?? "");
    await at.settled();
    expect([at.noted.seats.get(1)?.definition, at.manager.definitionOf(1)]).toEqual(["b", "b"]);
  });

  test("check 19: where nothing waits, going on and giving up are refused, and change nothing", async () => {
    const at = await machine();
    const before = JSON.stringify(at.manager.changes("all"));
    const over = at.manager.changes("all")[0]?.id ?? "";
    for (const act of ["continue", "abort"] as const) {
      expect(() => at.manager[act](over)).toThrow(`(change ${over}) is over: nothing waits in it.`);
      expect(() => at.manager[act]("77")).toThrow('There is no change "77"');
    }
    expect(JSON.stringify(at.manager.changes("all"))).toBe(before);
  });
});

test("seats that aren't there, or not now, are refused by name, and nothing is asked of the others", async () => {
  const at = await machine();
  expect(await refusal(at.manager.ask([1, 7], { action: "stop" }))).toMatchObject({
    ...{ code: "NOT_FOUND", message: "This machine has no seat 07 now." },
  });
  await at.settled();
  expect(at.statuses()).toBe("ready ready");
});

test("what a release that called it make had begun goes on, and its seats are repaired from their definition", async () => {
  const noted = new NotedSeats();
  const directory = mkdtempSync(join(tmpdir(), "ct-wishes-"));
  const state = new State(join(directory, "state.sqlite"));
  const data = { seat: 1, freshSince: 1 };
  state.update((s) => {
    s.add("make", "Make seat 1", [
      { kind: "noted/make", summary: "Make seat 01", data, lanes: [1] },
      { kind: "seat/record", summary: "Seat 01 is ready", data, lanes: [1], after: [0] },
    ]);
    return undefined;
  });
  state.close();
  const manager = await openSeats({ directory, machine: MACHINE, runtime: noted.make, starterPath: String });
  opened.push({ manager, directory });
  manager.want(documentOf(MACHINE, 1, { numbers: [1], definition: "a" }));
  await until("the seat", () => manager.seat(1));
  noted.seats.set(1, { running: false });
  await manager.ensure();
  await until("the repair", () => manager.seat(1));
  expect(manager.changes("all").map(({ kind }) => kind)).toEqual(["make", "repair"]);
  expect(manager.definitionOf(1)).toBe("a");
});
