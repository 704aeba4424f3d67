import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import tar from "tar-stream";
import type { MachineDocument } from "../../../agent/contract/machine.ts";
import type { TaskRun } from "../../../agent/engine/task.ts";
import { openSeats, type SeatManager, type SeatsOptions } from "../../../agent/seats/manager.ts";
import { processRuntime } from "../../../agent/seats/process/runtime.ts";
import type { MakeRuntime } from "../../../agent/seats/runtime.ts";
import { documentOf } from "../../support/document.ts";
import { until } from "../../support/until.ts";

const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const machines: { seats: SeatManager; directory: string }[] = [];

afterEach(async () => {
  for (const { seats, directory } of machines.splice(0)) {
    await seats.runtime.removeEverything();
    await seats.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

/** The real runtime, with something done before one kind of its tasks. */
const disturbed =
  (kind: string, before: (task: TaskRun) => Promise<void>): MakeRuntime =>
  (given) => {
    const runtime = processRuntime({ path: process.env.PATH })(given);
    const { handlers } = runtime;
    const { do: act, ...rest } = handlers[kind] ?? { do: async () => {} };
    const disturbedHandler = {
      ...rest,
      async do(task: TaskRun) {
        await before(task);
        await act(task);
      },
    };
    return Object.defineProperty(runtime, "handlers", { value: { ...handlers, [kind]: disturbedHandler } });
  };

const seatOf = (task: TaskRun): number => (task.data as unknown as { seat: number }).seat;

async function machine(options: Partial<SeatsOptions> = {}) {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "ct-manager-"));
  const name = options.machine ?? `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const seats = await openSeats({
    directory,
    machine: name,
    runtime: processRuntime({ path: process.env.PATH }),
    starterPath: (digest) => join(directory, digest),
    ...options,
  });
  machines.push({ seats, directory });
  let revision = 0;
  const want = (wish: Partial<MachineDocument> & { numbers?: number[] }) => seats.want(documentOf(name, ++revision, wish));
  return { seats, directory, name, want };
}

const statuses = (seats: SeatManager): string =>
  seats
    .report()
    .seats.map((seat) => seat.status)
    .join(" ");
const allReady = (seats: SeatManager) => until("all to be ready", () => /^(ready ?)+$/.test(statuses(seats)));
const settled = (seats: SeatManager) =>
  until("the changes to end", () => seats.report().changes.every((change) => change.endedAt !== undefined));
const nothingLeft = (seats: SeatManager) =>
  until("nothing to be left", async () => Object.values(await seats.leftovers()).every((count) => count === 0));

async function starter(directory: string, count: number): Promise<{ digest: string; name: string }> {
  const pack = tar.pack();
  for (let i = 0; i < count; i++) pack.entry({ name: `file-${i}.txt` }, `${i}`);
  pack.finalize();
  const bytes = await buffer(pack as never);
  const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  writeFileSync(join(directory, digest), bytes);
  return { digest, name: "starter.tar" };
}

test("ten seats with starter files are one change with a lane each, and come up within seconds", async () => {
  const { seats, directory, want } = await machine();
  const notes = new Set<string>();
  seats.onChange(() => {
    for (const { note } of seats.report().seats) if (note) notes.add(note);
  });
  const begun = performance.now();
  want({ numbers: TEN, starter: await starter(directory, 260) });
  expect(statuses(seats)).toMatch(/^(pending ?){10}$/);
  await allReady(seats);
  expect(performance.now() - begun).toBeLessThan(15_000);
  const { changes } = seats.report();
  expect(changes.map(({ kind, summary, status }) => ({ kind, summary, status }))).toEqual([
    { kind: "launch", summary: "Launch 10 seats", status: "done" },
  ]);
  expect(readdirSync(seats.seat(10)?.workspace ?? "").length).toBe(260);
  expect([...notes].some((note) => /^Unpack starter\.tar into seat \d\d/.test(note))).toBe(true);
  expect(new Set(TEN.map((seat) => seats.seat(seat)?.cdpPort)).size).toBe(10);
});

test("a failing seat goes back alone, says why, and is tried again later", async () => {
  let broken = true;
  let time = Date.now();
  const runtime = disturbed("process/start-session", async (task) => {
    if (broken && seatOf(task) === 3) throw new Error("tmux doesn't start: no space");
  });
  const { seats, directory, want } = await machine({ runtime, now: () => time });
  want({ numbers: TEN });
  await settled(seats);
  expect(statuses(seats)).toBe("ready ready error ready ready ready ready ready ready ready");
  expect(seats.report().seats[2]?.note).toBe("Start the shell of seat 03: tmux doesn't start: no space");
  expect(existsSync(join(directory, "seats/03"))).toBe(false);
  expect(seats.seat(3)).toBeUndefined();
  broken = false;
  await seats.ensure();
  expect(seats.report().changes.length).toBe(1);
  time += 5000;
  await seats.ensure();
  await allReady(seats);
  expect(seats.report().changes.map((change) => change.summary)).toEqual(["Launch 10 seats", "Launch seat 3"]);
});

test("starter files that can't be unpacked fail the seat with the archive's name", async () => {
  const { seats, directory, want } = await machine();
  const digest = "0".repeat(64);
  writeFileSync(join(directory, digest), "not an archive");
  want({ numbers: [1], starter: { digest, name: "course.zip" } });
  await settled(seats);
  expect(seats.report().seats[0]).toMatchObject({ status: "error" });
  expect(seats.report().seats[0]?.note).toContain("course.zip is no .zip, .tar or .tar.gz: pack the files again");
  expect(existsSync(join(directory, "seats"))).toBe(false);
});

test("an end in the middle of making leaves nothing, and keeps finished seats' files while they are packed", async () => {
  const gate = Promise.withResolvers<void>();
  const runtime = disturbed("process/start-session", async (task) => {
    if (seatOf(task) !== 2) return;
    task.signal.addEventListener("abort", () => gate.reject(new Error("told to stop")));
    await gate.promise;
  });
  const { seats, want } = await machine({ runtime });
  want({ numbers: [1, 2] });
  const one = await until("seat 1", () => seats.seat(1));
  writeFileSync(join(one.workspace, "work.txt"), "mine");
  expect(seats.status(2)).toBe("pending");
  want({ numbers: [1, 2], phase: "ending", keepFiles: true });
  await settled(seats);
  await until("the shell to end", async () => (await seats.leftovers()).processes === 0);
  expect(readFileSync(join(seats.files(1)?.workspace ?? "", "work.txt"), "utf8")).toBe("mine");
  want({ numbers: [1, 2], phase: "ending" });
  await nothingLeft(seats);
  await settled(seats);
  expect(statuses(seats)).toBe("off off");
});

test("an agent that is stopped in the middle of making goes on after its start", async () => {
  const running = Promise.withResolvers<void>();
  const runtime = disturbed("process/start-session", async (task) => {
    if (seatOf(task) !== 2) return;
    running.resolve();
    await new Promise((_, reject) => task.signal.addEventListener("abort", () => reject(new Error("shutting down"))));
  });
  const first = await machine({ runtime });
  first.want({ numbers: [1, 2, 3] });
  await running.promise;
  machines.pop();
  await first.seats.close();
  const second = await machine({ directory: first.directory, machine: first.name });
  second.want({ numbers: [1, 2, 3] });
  await allReady(second.seats);
  expect(second.seats.report().changes.map((change) => change.summary)).toEqual(["Launch 3 seats"]);
});

test("an agent that is killed in the middle of making goes on after its start", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-manager-"));
  const name = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const program = `
    import { openSeats } from "${import.meta.dir}/../../../agent/seats/manager.ts";
    import { processRuntime } from "${import.meta.dir}/../../../agent/seats/process/runtime.ts";
    const [directory, machine, document] = process.argv.slice(-3);
    const seats = await openSeats({ directory, machine, runtime: processRuntime({ path: process.env.PATH }), starterPath: String });
    seats.want(JSON.parse(document));
    seats.onChange(() => { if (seats.report().seats.some((seat) => seat.status === "ready")) process.kill(process.pid, "SIGKILL"); });
    await new Promise(() => setInterval(() => {}, 1000));`;
  const document = JSON.stringify(documentOf(name, 1, { numbers: TEN }));
  const agent = Bun.spawn([process.execPath, "-e", program, directory, name, document], { stderr: "inherit" });
  await agent.exited;
  expect(agent.signalCode).toBe("SIGKILL");
  const { seats, want } = await machine({ directory, machine: name });
  want({ numbers: TEN });
  await allReady(seats);
  await settled(seats);
  expect(seats.report().changes.map((change) => `${change.summary}: ${change.status}`)).toEqual(["Launch 10 seats: done"]);
});

test("a seat that is no longer wanted goes, the others stay", async () => {
  const { seats, directory, want } = await machine();
  want({ numbers: [1, 2] });
  await allReady(seats);
  want({ numbers: [2] });
  await until("seat 1 to go", () => !existsSync(join(directory, "seats/01")));
  await settled(seats);
  expect(seats.seat(1)).toBeUndefined();
  expect(statuses(seats)).toBe("ready");
});

test("remains that nobody remembers are cleared away before a seat is made, or when none is wanted", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-manager-"));
  for (const name of ["01", "07"]) mkdirSync(join(directory, "seats", name, "workspace"), { recursive: true });
  writeFileSync(join(directory, "seats/01/workspace/strangers.txt"), "not yours");
  const { seats, want } = await machine({ directory });
  want({ numbers: [1] });
  await allReady(seats);
  expect(readdirSync(seats.seat(1)?.workspace ?? "")).toEqual([]);
  await until("seat 7 to go", () => !existsSync(join(directory, "seats/07")));
});

test("what its owner locked goes too", async () => {
  const { seats, want } = await machine();
  want({ numbers: [1] });
  await allReady(seats);
  const done = await seats.seat(1)?.exec(["sh", "-c", "mkdir -p a/b && echo x > a/b/c && chmod 000 a/b && chmod 555 a"]);
  expect(done?.code).toBe(0);
  want({ numbers: [1], phase: "ending" });
  await nothingLeft(seats);
});

test("a state of a newer release is refused before anything is touched", async () => {
  const { seats, directory, name } = await machine();
  await seats.close();
  machines.pop();
  const { Database } = await import("bun:sqlite");
  const db = new Database(join(directory, "state.sqlite"));
  db.run("pragma user_version = 999");
  db.close();
  expect(machine({ directory, machine: name })).rejects.toThrow("level 999");
  rmSync(directory, { recursive: true, force: true });
});

test("ten seats that fail again and again with long lines fit into a report that a gateway takes", async () => {
  const say = async (task: TaskRun) => {
    for (let line = 0; line < 20; line++) task.log('{"at":"x"},'.repeat(2000));
    throw new Error("no");
  };
  const { seats, want } = await machine({ runtime: disturbed("process/make-seat", say) });
  want({ numbers: TEN });
  await until("all to have failed", () => TEN.every((seat) => seats.status(seat) === "error"));
  // The change that is under way, and five before it.
  expect(6 * JSON.stringify(seats.report()).length).toBeLessThan(2 * 2 ** 20);
});
