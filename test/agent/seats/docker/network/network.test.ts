import { expect, test } from "bun:test";
import { cidrOf, rangeOf } from "../../../../../agent/seats/docker/network/addresses.ts";
import { freeBlocks, rangeOfTenant } from "../../../../../agent/seats/docker/network/block.ts";
import { isDefault, routesIn, uplinkIn } from "../../../../../agent/seats/docker/network/routes.ts";

const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	0000DE0A	00000000	0001	0	0	0	F0FFFFFF	0	0	0
`;

test("routes of the machine, the default one known as such", () => {
  const routes = routesIn(ROUTES);
  expect(routes.map(({ by, first, last }) => `${by} ${cidrOf({ first, last })}`)).toEqual([
    ...["eth0 0.0.0.0/0", "eth0 192.0.2.0/24", "tun0 10.222.0.0/28"],
  ]);
  expect(routes.map(isDefault)).toEqual([true, false, false]);
});

test("of two ways to everybody the one with the lower metric counts", () => {
  const wlan = "wlan0	00000000	0102000A	0003	0	0	600	00000000	0	0	0";
  expect(uplinkIn(ROUTES.replace("\n", `\n${wlan}\n`))).toBe("eth0");
  expect(uplinkIn("")).toBeUndefined();
});

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
