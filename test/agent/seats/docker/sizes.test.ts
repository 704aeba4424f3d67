import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkFits, fitOf, type MachineSize, sizesOn } from "../../../../agent/seats/docker/sizes.ts";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const machine = (memory: number, more: Partial<MachineSize> = {}): MachineSize => ({
  ...{ memory: memory * GiB, cpus: 8, pids: 32_768, disk: 80 * GiB },
  ...more,
});

describe("without a setting", () => {
  test("8 processors, 32 GB, 80 GB of disk: the named sizes, for ten", () => {
    const sizes = sizesOn(machine(31.3), {});
    expect(sizes).toEqual({ memory: 2.5 * GiB, cpus: 2, pids: 1024, disk: 6 * GiB });
    expect(() => checkFits(sizes, 10, machine(31.3))).not.toThrow();
  });

  test("24 GiB: ten seats with a tenth each of what the machine can spare", () => {
    const sizes = sizesOn(machine(24), {});
    expect(Math.floor(sizes.memory / MiB)).toBe(2252);
    expect(() => checkFits(sizes, 10, machine(24))).not.toThrow();
    expect(fitOf({}, 10, machine(24))).toEqual({ verdict: "good" });
  });

  test("whatever the machine: ten seats fit, or one is too small for a shell", () => {
    const amount = fc.record({
      memory: fc.integer({ min: 0, max: 512 * GiB }),
      cpus: fc.integer({ min: 1, max: 256 }),
      pids: fc.integer({ min: 0, max: 4_194_304 }),
      disk: fc.integer({ min: 0, max: 4096 * GiB }),
    });
    fc.assert(
      fc.property(amount, (size) => {
        const { verdict, why } = fitOf({}, 10, size);
        if (verdict === "impossible") expect(why).toContain("per seat");
      }),
    );
  });

  test("what is too small for a class is said, with what it gets; what is set on purpose isn't", () => {
    const small = fitOf({}, 3, machine(6));
    expect(small).toMatchObject({ verdict: "small", why: expect.stringContaining("409 MiB of memory") });
    expect(fitOf({ memory: 409 * MiB }, 3, machine(6))).toEqual({ verdict: "good" });
    expect(fitOf({}, 10, machine(31, { disk: 4 * GiB })).why).toContain("204 MiB of disk");
  });

  test("too little for a shell: it can't be had", () => {
    expect(fitOf({}, 1, machine(3))).toMatchObject({
      verdict: "impossible",
      why: expect.stringMatching(/Memory per seat: 102 MiB.*128 MiB.*CLARATEACH_SEAT_MEMORY/),
    });
  });

  test("other workshops' seats have what they have: what is left must do", () => {
    const sizes = sizesOn(machine(24), {});
    expect(() => checkFits(sizes, 10, machine(10))).toThrow(/10 seats with 2252 MiB of memory don't fit.*have 3 seats/);
    expect(() => checkFits(sizes, 3, machine(10))).not.toThrow();
  });

  test("no more processors than there are", () => {
    expect(sizesOn(machine(31, { cpus: 1 }), { cpus: 2 }).cpus).toBe(1);
    expect(sizesOn(machine(31), { cpus: 1.5 }).cpus).toBe(1.5);
  });
});

describe("what is set", () => {
  const set = sizesOn(machine(31), { memory: 2.5 * GiB, disk: 6 * GiB });

  test.each([
    ["memory", machine(8), /10 seats with 2560 MiB of memory.*Set CLARATEACH_SEAT_MEMORY=614M \(at most\), have 2 seats, or/],
    [
      "disk",
      machine(64, { disk: 20 * GiB }),
      /10 seats with 6144 MiB of disk.*Set CLARATEACH_SEAT_DISK=1843M \(at most\), have 3 seats, or/,
    ],
  ] as const)("%s that can't be had by all at once is refused, naming what fits", (_name, size, message) => {
    expect(() => checkFits(set, 10, size)).toThrow(message);
  });

  test("too little for a shell is refused", () => {
    for (const wrong of [{ memory: 1 }, { cpus: 0 }, { pids: Number.NaN }, { disk: 1024 }])
      expect(() => checkFits({ ...set, ...wrong }, 1, machine(64))).toThrow(/per seat/);
  });
});

describe("a container beside each seat, for live video", () => {
  const neko = {};

  test("it takes of the machine what it may use, and seats share what is left", () => {
    expect(Math.floor(sizesOn(machine(31.3), { neko }).memory / MiB)).toBe(Math.floor(((31.3 - 2) * 1024) / 10) - 1280);
    expect(sizesOn(machine(31.3, { pids: 12_288 }), { neko }).pids).toBe(819 - 512);
    expect(fitOf({ neko }, 10, machine(31.3))).toEqual({ verdict: "good" });
    expect(fitOf({ neko }, 10, machine(24)).verdict).toBe("good");
  });

  test("seats of a size that is set don't fit where they would alone: what fits is named with it", () => {
    const set = { memory: 2 * GiB };
    expect(fitOf(set, 10, machine(24))).toEqual({ verdict: "good" });
    expect(fitOf({ ...set, neko }, 10, machine(24)).why).toMatch(
      /10 seats with 2048 MiB of memory, and 1280 MiB for the live video of each, don't fit.*Set CLARATEACH_SEAT_MEMORY=972M \(at most\), have 6 seats, or/,
    );
    expect(() => checkFits(sizesOn(machine(24), { neko }), 10, machine(24), { neko })).not.toThrow();
  });

  test("too few processors are said, and are no reason to refuse: pictures need fewer", () => {
    expect(fitOf({ neko }, 10, machine(31, { cpus: 2 }))).toMatchObject({
      verdict: "small",
      why: expect.stringContaining("Live video of 10 browsers at once takes 4 processors, and this machine has 2"),
    });
    expect(fitOf({ neko }, 5, machine(31, { cpus: 2 }))).toEqual({ verdict: "good" });
  });
});
