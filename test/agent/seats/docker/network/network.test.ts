import { expect, test } from "bun:test";
import { cidrOf, rangeOf } from "../../../../../agent/seats/docker/network/addresses.ts";
import { freeBlocks, rangeOfTenant } from "../../../../../agent/seats/docker/network/block.ts";

test("blocks of 64 addresses, each once, none that anything touches, beginning at the machine's own place", () => {
  const taken = [rangeOf("10.222.0.0/28"), rangeOf("10.222.0.200/32"), rangeOf("10.0.0.0/16")];
  expect([...freeBlocks("10.222.0.0/23", taken, 1)].map(cidrOf)).toEqual([
    ...["10.222.0.64/26", "10.222.0.128/26", "10.222.1.0/26", "10.222.1.64/26", "10.222.1.128/26", "10.222.1.192/26"],
  ]);
  expect([...freeBlocks("10.222.0.0/23", taken, 1003)].map(cidrOf)[0]).toBe("10.222.1.0/26");
});

test("a pool that is taken or too small has none", () => {
  expect([...freeBlocks("10.222.0.0/16", [rangeOf("10.0.0.0/8")], 7)]).toEqual([]);
  expect([...freeBlocks("10.222.0.0/27", [], 7)]).toEqual([]);
});

test("ten seats of a machine have four addresses each in its block, whichever ten they are", () => {
  const block = rangeOf("10.222.0.64/26");
  const of = (seats: number[]) => seats.map((seat) => cidrOf(rangeOfTenant(block, seat)));
  expect(new Set(of([11, 12, 13, 14, 15, 16, 17, 18, 19, 20])).size).toBe(10);
  expect(of([1, 10])).toEqual(["10.222.0.64/30", "10.222.0.100/30"]);
});
