import { expect, test } from "bun:test";
import { cidrOf } from "../../../agent/seats/docker/network/addresses.ts";
import { isDefault, routesIn, uplinkIn } from "../../../agent/seats/kernel-routes.ts";

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
