import { expect, test } from "bun:test";
import { concluded, created, started, stopped } from "../../../gateway/workshops/moves.ts";
import { type Plan, plan } from "../../../gateway/workshops/plan.ts";
import type { Held } from "../../../gateway/workshops/record.ts";
import { type Resource, settled } from "../../../gateway/workshops/resource.ts";
import { kindOf } from "../../../gateway/workshops/resources/kinds.ts";
import type { MachineDetail } from "../../../gateway/workshops/resources/machine-row.ts";
import { show } from "../../../gateway/workshops/show.ts";
import { type CloudTraits, subjectOf } from "../../../gateway/workshops/subject.ts";

const STOP = new Date("2026-11-29T18:00:00.000Z");
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const CLOUD: CloudTraits = { patience: { createMs: 15_000, troubleMs: 30_000, leadMs: 0 }, machines: {}, secrets: {} };
const ENVIRONMENT = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [] };
const KEPT = { bytes: 7, folders: 9 };

/** A class of two machines that stops, and whose work can't be packed. @param detail of machine 1; machine 2's is packed */
function stuck(detail: Partial<MachineDetail>): Held {
  const wish = { name: "Data", seats: 12, hours: 4, definition: null, environment: ENVIRONMENT };
  const held = started(created("ida", wish, { id: "ws-abc123", code: "LION-7K3M" }, STOP), STOP);
  const running = { ...held, workshop: { ...held.workshop, state: "running" as const, ready_at: STOP.toISOString() } };
  const stopping = stopped(running, { keepWork: true, learners: true }, STOP);
  const known = { certificate: "PEM", acknowledged: stopping.workshop.document };
  const rows = stopping.rows.map((row): Resource => {
    if (row.kind !== "machine") return { ...row, observed: "present" };
    const own: MachineDetail = { ...known, ...(row.idx === 1 ? detail : { packed: true }) };
    return { ...row, observed: "running", detail: own };
  });
  return concluded({ ...stopping, rows }, { kind: "unpackable", reason: "Its disk gives errors." }, { learners: 9 }, STOP);
}

const planned = (held: Held, after: number): Plan =>
  plan(subjectOf({ ...held, learners: [] }, true, CLOUD), STOP.getTime() + after);

const gone = (held: Held, after: number): Held => ({
  ...held,
  rows: held.rows.map((row) => {
    const { kept } = kindOf(row);
    const looked = { kind: "looked" as const, found: undefined };
    return row.kind === "machine" && row.idx === 1
      ? settled({ ...row, detail: { ...row.detail, seen: true } }, "look", looked, STOP.getTime() + after, kept)
      : row;
  }),
});

test("where machines stay as long as one wants, the instructor may choose for a day", () => {
  const held = stuck({});
  expect(planned(held, 24 * HOUR_MS - 1).conclusion).toBeUndefined();
  expect(planned(held, 24 * HOUR_MS).conclusion).toEqual({ kind: "packed" });
});

test("where the cloud removes its machine sooner, until a little before that, and the page says until when", () => {
  const held = stuck({ endsBy: STOP.getTime() + 2 * HOUR_MS });
  const until = 2 * HOUR_MS - 5 * MINUTE_MS;
  expect(planned(held, until - 1).conclusion).toBeUndefined();
  expect(planned(held, until).conclusion).toEqual({ kind: "packed" });
  const seen = () => ({ report: undefined, answers: false });
  const view = show({ ...held, seats: [], learners: [], journal: [], checks: [] }, seen, 0);
  expect(view.chooseUntil).toBe(new Date(STOP.getTime() + until).toISOString());
  // Of a machine whose work is packed already the end doesn't matter.
  const other = stuck({ packed: true });
  const unpacked: MachineDetail = { certificate: "PEM" };
  const late = other.rows.map((row) => (row.kind === "machine" && row.idx === 2 ? { ...row, detail: unpacked } : row));
  expect(planned({ ...other, rows: late }, 23 * HOUR_MS).conclusion).toBeUndefined();
});

test("while the instructor chooses, it is looked at whether the machine is still there; what is gone with it is named, and claimed by nobody", () => {
  const held = stuck({ endsBy: STOP.getTime() + 2 * HOUR_MS });
  expect(planned(held, MINUTE_MS).actions).toContainEqual({ kind: "look", resource: "machine", idx: 1, pauseMs: 2000 });
  const without = gone(held, 2 * HOUR_MS);
  expect(planned(without, 2 * HOUR_MS).conclusion).toEqual({ kind: "packed" });
  const facts = { learners: 9, kept: KEPT };
  const packed = concluded(without, { kind: "packed" }, facts, STOP).workshop;
  expect(packed).toMatchObject({ work: "packed", work_problem: null });
  expect(packed.archive?.missing).toEqual(["Seats 01 to 10: their machine was gone before their work was packed."]);
  const nothing = concluded(without, { kind: "packed" }, { learners: 9 }, STOP).workshop;
  expect(nothing).toMatchObject({ work: "skipped", archive: null });
});

test("the receipt names a machine that its cloud removed at its end, and none that was gone before", () => {
  const at = (after: number) => {
    const held = gone(stuck({ endsBy: STOP.getTime() + 2 * HOUR_MS }), after);
    const { receipt } = concluded(held, { kind: "gone" }, { learners: 9 }, STOP).workshop;
    return receipt?.items.filter(({ kind }) => kind === "machine");
  };
  expect(at(2 * HOUR_MS)).toEqual([{ kind: "machine", count: 1, name: "clarateach-ws-abc123", alone: true }]);
  expect(at(HOUR_MS)).toEqual([]);
});
