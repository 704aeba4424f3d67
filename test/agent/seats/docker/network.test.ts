import { expect, test } from "bun:test";
import { freeSubnets, rangeOf, routesIn } from "../../../../agent/seats/docker/network.ts";

const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	0000DE0A	00000000	0001	0	0	0	F0FFFFFF	0	0	0
`;

test("routes of the machine are uses, the default one isn't", () => {
  expect(routesIn(ROUTES)).toEqual([rangeOf("192.0.2.0/24"), rangeOf("10.222.0.0/28")]);
});

test("subnets of eight addresses, none that anything touches", () => {
  const free = [...freeSubnets("10.222.0.0/26", [rangeOf("10.222.0.0/28"), rangeOf("10.222.0.26/32"), rangeOf("10.0.0.0/16")])];
  expect(free.map(({ first }) => first - rangeOf("10.222.0.0/26").first)).toEqual([16, 32, 40, 48, 56]);
});

test("a pool that is taken has none", () => {
  expect([...freeSubnets("10.222.0.0/16", [rangeOf("10.0.0.0/8")])]).toEqual([]);
});
