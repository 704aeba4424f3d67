import { expect, test } from "bun:test";
import fc from "fast-check";
import { documentFor } from "../../../gateway/workshops/document.ts";
import type { LlmRecord } from "../../../gateway/workshops/llm/wish.ts";
import { concluded, stopped } from "../../../gateway/workshops/moves.ts";
import type { MachineRow } from "../../../gateway/workshops/resources/machine-row.ts";
import { type Fate, Model } from "./model.ts";
import { type Drivers, ModelDriver, run, scattered, settle } from "./model-driver.ts";

const RUNS = process.env.TEST_FULL ? 20_000 : 1500;

type Command =
  | { do: "step"; driver: 0 | 1; pick: number; fate: Fate }
  /** One driver gets far while the other is held up in the middle of something. */
  | { do: "run"; driver: 0 | 1; steps: number }
  | { do: "kill"; driver: 0 | 1 }
  | {
      do:
        | "start"
        | "join"
        | "free"
        | "break"
        | "mend"
        | "vanish"
        | "seatFails"
        | "allFail"
        | "seatsWork"
        | "restartAgent"
        | "replaceKey"
        | "use";
    }
  | { do: "stop"; keepWork: boolean | undefined }
  | { do: "tick"; ms: number };

const driver = fc.constantFrom(0 as const, 1 as const);
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>("ok") },
  { weight: 1, arbitrary: fc.constantFrom<Fate>("lost", "refused") },
);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ do: fc.constant("step" as const), driver, pick: fc.nat(3), fate }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("run" as const), driver, steps: fc.integer({ min: 3, max: 60 }) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("tick" as const), ms: fc.constantFrom(100, 600, 3000, 16_000, 40_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("kill" as const), driver }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("start" as const, "start" as const, "join" as const, "free" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("break", "mend", "vanish", "seatFails", "allFail", "seatsWork") }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("restartAgent" as const, "replaceKey" as const, "use" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("stop" as const), keepWork: fc.constantFrom(true, false, undefined) }) },
);
const domain = fc.constantFrom(undefined, "class.example.org");
const wish = fc.constantFrom("start" as const, "stop" as const, "none" as const);

test("any state, any kill, lost answers, two drivers: what was wanted is reached, nothing twice, nothing left", () => {
  const reached: Record<string, number> = {};
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 160 }),
      wish,
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      domain,
      fc.boolean(),
      (commands, last, starter, mended, ownSdks, name, ownKeys) => {
        const model = new Model(starter, name, ownSdks);
        model.ownKeys = ownKeys && name !== undefined;
        model.failing = mended ? "none" : "all";
        const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
        for (const each of commands) obey(model, drivers, each);
        if (mended || model.generation > 1) mend(model);
        if (last === "start") model.start();
        if (last === "stop") model.stop(undefined);
        settle(model, drivers);
        expect(model.violations).toEqual([]);
        expectRest(model, last);
        const { state } = model.held.workshop;
        reached[state] = (reached[state] ?? 0) + 1;
      },
    ),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  // A generator that never gets anywhere would prove nothing.
  for (const state of ["running", "stopped", "failed", "created"]) expect(reached[state] ?? 0, state).toBeGreaterThan(RUNS / 200);
});

test("work that was asked for is packed before anything is removed", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  model.join();
  model.stop(true);
  settle(model, drivers);
  expect([model.held.workshop.state, model.held.workshop.work, model.archived]).toEqual(["stopped", "packed", 1]);
  expect(model.held.workshop.receipt).toMatchObject({
    removed: { processes: 4, directories: 3, machines: 1, secrets: 1 },
  });
});

test("work that can't be packed holds the machine until the instructor chooses", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  model.join();
  if (model.machine) model.machine.broken = true;
  model.stop(true);
  settle(model, drivers);
  expect(model.held.workshop).toMatchObject({ state: "stopping", work: "wanted", work_problem: "its agent ends at once" });
  expect(model.machine).toBeDefined();
  model.stop(undefined);
  settle(model, drivers);
  expect(model.held.workshop.state).toBe("stopping");
  model.stop(false);
  settle(model, drivers);
  expect(model.held.workshop).toMatchObject({ state: "stopped", work: "skipped" });
  expect(model.machine).toBeUndefined();
});

test("the agreed end stops it by itself and keeps the work", () => {
  const model = new Model(true);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  model.join();
  model.now += 4 * 3_600_000;
  settle(model, drivers);
  expect(model.held.workshop).toMatchObject({ state: "stopped", work: "packed" });
});

test("when all seats fail, everything but the sealed key is undone, and it says why", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.failing = "all";
  model.start();
  settle(model, drivers);
  expect(model.held.workshop.state).toBe("failed");
  expect(model.held.workshop.failure).toStartWith("Seat 01 and 2 more could not be made");
  expect([model.machine, model.secret]).toEqual([undefined, true]);
  model.failing = "none";
  model.start();
  settle(model, drivers);
  expect([model.held.workshop.state, model.held.workshop.failure]).toEqual(["running", null]);
});

test("a machine that is still being made when the workshop stops is waited for and removed", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  while (model.row({ kind: "machine", idx: 1 })?.detail.creatingUntil === undefined) drivers[0].step(1, "ok");
  model.stop(false);
  run(model, drivers[1], 200);
  expect([model.held.workshop.state, model.machine]).toEqual(["stopping", undefined]);
  drivers[0].step(0, "ok");
  expect(model.machine).toBeDefined();
  settle(model, drivers);
  expect([model.held.workshop.state, model.machine, model.violations]).toEqual(["stopped", undefined, []]);
});

test("a freed seat is asked after until it may be offered again", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  model.free();
  expect(model.seatsReady).toBe(false);
  run(model, drivers[0], 60);
  expect(model.seatsReady).toBe(true);
});

test("a machine that is lost while the class runs is made again, as another one", () => {
  const model = new Model(true);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  const lost = model.machine?.nonce;
  vanish(model);
  model.now += 20_000;
  settle(model, drivers);
  expect([model.held.workshop.state, model.machine?.document]).toEqual(["running", model.held.workshop.document]);
  expect(model.machine?.nonce).not.toBe(lost);
});

test("an agent that began anew, or a machine that was made anew, is given the key; what was used is counted on, in caps and receipt", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  expect(model.machine?.key).toBe(1);
  model.use(2);
  model.restartAgent();
  model.replaceKey();
  settle(model, drivers);
  expect(model.machine?.key).toBe(2);
  vanish(model);
  settle(model, drivers);
  expect([model.machine?.key, model.machine?.usedUsd]).toEqual([2, 0]);
  const row = model.row({ kind: "machine", idx: 1 }) as MachineRow;
  const { workshop } = model.held;
  const document = (llm: Partial<LlmRecord>) =>
    documentFor({ ...workshop, llm: { ...workshop.llm, ...llm } }, SEATS, { index: 1, spent: row.detail.spent }, ISSUER).relay;
  expect(document({})).toEqual({ seat: { usd: 5 }, permissions: "edits", seats: [{ seat: 1, usd: 3 }] });
  const allotted = { 1: { usd: 10, held: 10, since: 1 } };
  expect(document({ workshopUsd: 10, allotted, seats: [{ seat: 1, limitUsd: 1, paused: true }] })).toMatchObject({
    machine: { usd: 8 },
    seats: [{ seat: 1, usd: 0, paused: true }],
  });
  model.use(1);
  settle(model, drivers);
  model.stop(false);
  settle(model, drivers);
  expect(model.held.workshop.receipt?.llm).toMatchObject({ usd: 3, seats: [{ seat: 1, usd: 3 }] });
});

test("a key that can't be handed over holds up nothing", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.keyFails = true;
  model.start();
  settle(model, drivers);
  expect([model.held.workshop.state, model.machine?.key]).toEqual(["running", undefined]);
  model.keyFails = false;
  settle(model, drivers);
  expect(model.machine?.key).toBe(1);
});

test("a machine goes once its agent has removed its seats, and no sooner", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  model.stop(false);
  let left: number | undefined;
  for (let i = 0; i < 1000 && model.machine; i++) {
    left = model.machine.ready;
    scattered(model, drivers[0], i);
  }
  expect([left, model.machine]).toEqual([0, undefined]);
  const { stop_at } = model.held.workshop;
  expect(model.now - Date.parse(stop_at ?? "")).toBeLessThan(5000);
});

const SEATS = [1, 2, 3].map((seat) => ({ workshop: "ws-abc123", seat, generation: 1, fresh_since: 1, ready: 1 }));
const ISSUER = { url: "http://localhost", keys: [] };

function obey(model: Model, drivers: Drivers, command: Command): void {
  if (command.do === "step") drivers[command.driver].step(command.pick, command.fate);
  else if (command.do === "run") run(model, drivers[command.driver], command.steps);
  else if (command.do === "kill") drivers[command.driver].kill();
  else if (command.do === "tick") model.now += command.ms;
  else if (command.do === "stop") model.stop(command.keepWork);
  else if (command.do === "start") model.start();
  else if (command.do === "join") model.join();
  else if (command.do === "free") model.free();
  else if (command.do === "seatFails") model.failing = "second";
  else if (command.do === "allFail") model.failing = "all";
  else if (command.do === "seatsWork") model.failing = "none";
  else if (command.do === "vanish") vanish(model);
  else if (command.do === "restartAgent") model.restartAgent();
  else if (command.do === "replaceKey") model.replaceKey();
  else if (command.do === "use") model.use(0.25);
  else if (model.machine) model.machine.broken = command.do === "break";
}

/** A machine may be lost from outside once it runs; before that it has been seen by nobody. */
function vanish(model: Model): void {
  if (model.held.workshop.state === "running") model.machine = undefined;
}

function mend(model: Model): void {
  model.failing = "none";
  if (model.machine) model.machine.broken = false;
}

function expectRest(model: Model, last: "start" | "stop" | "none"): void {
  const { state, failure, document, work_problem } = model.held.workshop;
  if (state === "stopping" && work_problem) return; // the instructor has to choose
  expect(["created", "running", "stopped", "failed"]).toContain(state);
  if (last === "stop") expect(state).toBe("stopped");
  expect(model.certificate !== undefined).toBe(state === "running" && model.hasDomain);
  expect(model.name?.ip).toBe(state === "running" && model.hasDomain ? model.address : undefined);
  if (state === "running") {
    expect(model.machine).toMatchObject({ document, ending: false });
    expect(model.seatsReady).toBe(model.failing === "none");
    expect(model.secret).toBe(true);
    expect(model.machine?.key).toBe(model.held.workshop.llm.keyVersion);
    if (model.ownKeys) expect(model.machine?.shown).toBe(`fingerprint csr ${model.machine?.nonce}`);
  } else {
    expect(model.machine).toBeUndefined();
    expect(model.secret).toBe(state !== "stopped");
  }
  if (state === "failed") expect(failure).toBeTruthy();
}

test("going on without the seats that could not be packed keeps the work of the others", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  settle(model, drivers);
  model.join();
  const stopping = stopped(model.held, { keepWork: true, learners: true }, new Date(model.now));
  const kept = { bytes: 7, folders: 9, missing: ["Seat 03 Mira: its disk gives errors"] };
  const problem = concluded(
    stopping,
    { kind: "unpackable", reason: "why" },
    { learners: 10, kept: undefined },
    new Date(model.now),
  );
  const without = stopped(problem, { keepWork: false, learners: true, kept }, new Date(model.now)).workshop;
  expect(without).toMatchObject({ work: "packed", work_problem: null, archive: kept });
  // Nobody's failure: it was chosen to keep nothing.
  const nothing = stopped(stopping, { keepWork: false, learners: true, kept }, new Date(model.now)).workshop;
  expect(nothing).toMatchObject({ work: "skipped", archive: null });
});
