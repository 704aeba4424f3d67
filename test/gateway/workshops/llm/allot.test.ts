import { expect, test } from "bun:test";
import fc from "fast-check";
import { allot, isDue, type Share } from "../../../../gateway/workshops/llm/allot.ts";

const RUNS = process.env.TEST_FULL ? 20_000 : 2000;
const usd = (max: number) => fc.double({ min: 0, max, noNaN: true });

test("parts never sum up to more than the cap, and none goes up by what another machine may still have", () => {
  const share = fc
    .record({ part: usd(50), more: fc.oneof(fc.constant(0), usd(50), fc.constant(Number.POSITIVE_INFINITY)), used: usd(60) })
    .map(({ part, more, used }): Share => ({ part, held: part + more, used }));
  fc.assert(
    fc.property(usd(100), fc.array(share, { minLength: 1, maxLength: 5 }), (cap, shares) => {
      const parts = allot(cap, shares);
      const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
      expect(sum(parts)).toBeLessThanOrEqual(cap + 1e-9);
      for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
      const [before, after] = [shares.map(({ held }) => held), parts.map((part, i) => Math.max(part, shares[i]?.held ?? 0))];
      expect(sum(after)).toBeLessThanOrEqual(Math.max(cap, sum(before)) + 1e-9);
    }),
    { numRuns: RUNS },
  );
});

interface Machine extends Share {
  /** What it enforces: the last document that it took. */
  inForce: number;
  told: number[];
}

/** The gateway's side of it: parts are told in documents, which machines take late; caps are held by what was told last. */
class Class {
  readonly machines: Machine[];
  constructor(
    readonly cap: number,
    count: number,
  ) {
    this.machines = Array.from({ length: count }, () => ({ part: 0, held: 0, used: 0, inForce: 0, told: [] }));
  }
  turn(): boolean {
    if (!isDue(this.cap, this.machines)) return false;
    for (const [i, part] of allot(this.cap, this.machines).entries()) {
      const machine = this.machines[i] as Machine;
      Object.assign(machine, { part, held: Math.max(part, machine.held) });
      machine.told.push(part);
    }
    return true;
  }
  take(i: number): void {
    const machine = this.machines[i] as Machine;
    machine.inForce = machine.told.shift() ?? machine.inForce;
    if (machine.told.length === 0) machine.held = machine.part;
  }
  /** An answer under way still ends: a request is let through while anything is left. */
  use(i: number, usd: number): boolean {
    const machine = this.machines[i] as Machine;
    if (machine.used >= machine.inForce) return false;
    machine.used += Math.min(usd, machine.inForce - machine.used);
    return true;
  }
}

test("however machines use and hear late, the class never passes its cap; what is left anywhere reaches who asks", () => {
  const command = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("use" as const), i: fc.nat(3), usd: usd(4) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("take" as const), i: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), usd(40), fc.array(command, { maxLength: 80 }), (count, cap, commands) => {
      const all = new Class(cap, count);
      const used = () => all.machines.reduce((sum, machine) => sum + machine.used, 0);
      for (const each of commands) {
        if (each.do === "use") all.use(each.i % count, each.usd);
        else if (each.do === "take") all.take(each.i % count);
        else all.turn();
        expect(used()).toBeLessThanOrEqual(cap + 1e-9);
      }
      // Everybody hears everything now, and one machine alone goes on asking.
      for (let i = 0; i < 400; i++) {
        all.use(0, 0.5);
        all.turn();
        for (let k = 0; k < count; k++) while (all.machines[k]?.told.length) all.take(k);
      }
      // Less than a cent a machine isn't worth moving; low shares may keep four times that.
      expect(used()).toBeGreaterThan(cap - 0.05 * count);
      expect(all.turn()).toBe(false);
    }),
    { numRuns: RUNS / 10 },
  );
});

test("one machine has the whole cap at once, up and down", () => {
  expect(allot(20, [{ part: 10, held: 10, used: 3 }])).toEqual([20]);
  expect(allot(2, [{ part: 10, held: 10, used: 3 }])).toEqual([2]);
  expect(allot(0, [{ part: 0, held: Number.POSITIVE_INFINITY, used: 0 }])).toEqual([0]);
});
