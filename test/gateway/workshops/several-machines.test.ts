/** What the plan makes of a class on several machines, of which some come up and some don't. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { isOpen, openMachines } from "../../../gateway/workshops/open-machines.ts";
import { OTHERS_LIMIT_MS, plan, START_LIMIT_MS } from "../../../gateway/workshops/plan.ts";
import type { Whole } from "../../../gateway/workshops/record.ts";
import { begun, type Resource, settled, wanted } from "../../../gateway/workshops/resource.ts";
import type { Subject } from "../../../gateway/workshops/subject.ts";

const NOW = 1_800_000_000_000;
const KINDS = ["ready", "seats-failed", "refused", "booting", "unnamed"] as const;
type Is = (typeof KINDS)[number];

const report = (status: string) => ({ revision: 2, seats: [{ seat: 1, status, note: "no room" }], changes: [] });
const up = { certificate: "pem", acknowledged: 2, ip: "192.0.2.1", movedAt: NOW };

/** A machine and its public name. */
function machine(idx: number, is: Is): Resource[] {
  const row = wanted("machine", idx, `clarateach-ws-abc123-${idx}`, 1);
  const name = wanted("name", idx, `ws-abc123-${idx}.example.com`, 1);
  const named = { ...name, observed: "running", detail: { ip: "192.0.2.1" } } as Resource;
  const trouble = { action: "create", message: `machine ${idx}: quota is used up`, since: NOW, definite: true };
  switch (is) {
    case "ready":
      return [{ ...row, observed: "running", detail: { ...up, report: report("ready") } } as Resource, named];
    case "seats-failed":
      return [{ ...row, observed: "running", detail: { ...up, report: report("error") } } as Resource, named];
    case "refused":
      return [{ ...row, observed: "absent", detail: { trouble } }, name];
    case "booting":
      return [{ ...row, observed: "starting" }, name];
    case "unnamed":
      return [{ ...row, observed: "running", detail: { ...up, report: report("ready") } } as Resource, name];
  }
}

const secret = { ...wanted("secret", 1, "ws-abc123-llm-key", 1), observed: "present" } as Resource;

const subject = (kinds: readonly Is[], more: Partial<Subject> = {}): Subject => ({
  ...{ state: "provisioning", goal: "running", document: 2, keyVersion: 1, work: "none", workProblem: false },
  ...{ startedAt: NOW, seatsReady: false, troubleMs: 30_000, createMs: 15_000 },
  rows: [secret, ...kinds.flatMap((is, i) => machine(i + 1, is))],
  ...more,
});
const conclusionOf = (kinds: readonly Is[], now = NOW, more: Partial<Subject> = {}) => plan(subject(kinds, more), now).conclusion;

test("a class begins as soon as one machine is ready and no other is still coming", () => {
  expect(conclusionOf(["ready", "ready", "ready"])).toEqual({ kind: "ready" });
  expect(conclusionOf(["refused", "ready"])).toEqual({ kind: "ready" });
  expect(conclusionOf(["ready", "seats-failed"])).toEqual({ kind: "ready" });
  for (const other of ["booting", "unnamed"] as const) expect(conclusionOf(["ready", other])).toBeUndefined();
});

test("whoever has a seat waits two minutes for the machines of the others, no longer", () => {
  expect(conclusionOf(["ready", "booting"], NOW + OTHERS_LIMIT_MS - 1)).toBeUndefined();
  expect(conclusionOf(["ready", "booting"], NOW + OTHERS_LIMIT_MS)).toEqual({ kind: "ready" });
  expect(conclusionOf(["booting", "unnamed"], NOW + OTHERS_LIMIT_MS)).toBeUndefined();
});

test("it fails when every machine failed, with a reason; or when nothing came of any of them", () => {
  expect(conclusionOf(["refused", "refused"])).toMatchObject({ kind: "failed", reason: "machine 1: quota is used up" });
  expect(conclusionOf(["refused", "booting"])).toBeUndefined();
  expect(conclusionOf(["refused", "booting"], NOW + START_LIMIT_MS)).toMatchObject({ kind: "failed" });
  const absent = { ...secret, observed: "absent" } as Resource;
  const rows = [absent, ...machine(1, "ready"), ...machine(2, "ready")];
  expect(conclusionOf([], NOW, { rows })).toEqual({
    kind: "failed",
    reason: "The sealed API key is gone. Make a new workshop.",
    of: { kind: "secret", idx: 1 },
  });
});

test("whatever up to ten machines do: a class that begins has one that is ready, one that fails has none, and nothing waits for ever", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 10 }), fc.nat(START_LIMIT_MS), (kinds, after) => {
      const open = openMachines(subject(kinds));
      expect([...open]).toEqual(kinds.flatMap((is, i) => (is === "ready" ? [i + 1] : [])));
      const kind = conclusionOf(kinds, NOW + after)?.kind;
      if (kind === "ready") expect(open.size).toBeGreaterThan(0);
      if (kind === "failed") expect(open.size).toBe(0);
      expect(conclusionOf(kinds, NOW + START_LIMIT_MS)).toBeDefined();
    }),
  );
});

test("one that the class began without is asked for anew, by another request, once the one before can't land any more", () => {
  const { rows } = subject(["ready", "refused"]);
  const late = rows.find(({ kind, idx }) => kind === "machine" && idx === 2) as Resource;
  const running = subject([], { state: "running", rows });
  expect(plan(running, NOW).actions).toContainEqual({ kind: "create", resource: "machine", idx: 2, pauseMs: 15_000 });
  let ids = 0;
  const ask = (row: Resource, now: number) =>
    begun(row, "create", now, () => ({ requestId: `r${++ids}`, nonce: "n" }), 15_000) as Resource;
  const first = ask(late, NOW);
  const second = ask(first, NOW + 14_999);
  expect([first.detail.requestId, second.detail.requestId, second.version]).toEqual(["r1", "r1", first.version]);
  // It is looked for again when that call is over, and then asked for anew.
  const over = subject([], { state: "running", rows: [second] });
  expect(plan(over, NOW + 30_000).actions[0]?.kind).toBe("look");
  const gone = settled(second, "look", { kind: "looked", found: undefined }, NOW + 30_000, (detail) => detail);
  expect(ask(gone, NOW + 30_000).detail.requestId).not.toBe("r1");
});

test("a late machine's seats are offered when its name leads there; one that was open stays so while something of it is renewed", () => {
  const whole = (is: Is, more: Partial<Whole> = {}) =>
    ({
      ...{ workshop: { document: 2 }, rows: machine(2, is), learners: [] },
      seats: [{ seat: 11, ready: 0 }],
      ...more,
    }) as unknown as Whole;
  expect([isOpen(whole("unnamed"), 2), isOpen(whole("ready"), 2)]).toEqual([false, true]);
  const others = [{ seat: 3, ready: 1 }] as Whole["seats"];
  expect(isOpen(whole("unnamed", { seats: others }), 2)).toBe(false);
  expect(isOpen(whole("unnamed", { learners: [{ seat: 12 }] as Whole["learners"] }), 2)).toBe(true);
});

test("while another machine still packs, nobody is asked whether to go on without the work of one", () => {
  const stop = { state: "stopping", goal: "gone", work: "wanted", stopAt: NOW - 60_000 } as const;
  const row = (idx: number, action?: string) => ({
    ...wanted("machine", idx, `m${idx}`, 1),
    ...{ wanted: "absent", observed: "running" },
    detail: {
      certificate: "pem",
      ...(action && { trouble: { action, message: `machine ${idx} gives errors.`, since: NOW - 60_000, definite: false } }),
    },
  });
  const asked = (...rows: unknown[]) => plan(subject([], { ...stop, rows: rows as Resource[] }), NOW).conclusion;
  expect(asked(row(1, "pack"), row(2))).toBeUndefined();
  expect(asked(row(1, "pack"), row(2, "pack"))).toEqual({
    kind: "unpackable",
    reason: "machine 1 gives errors. machine 2 gives errors.",
  });
});
