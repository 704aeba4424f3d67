import { expect, test } from "bun:test";
import { uplinkIn, withAddress } from "../../agent/machine-address.ts";

const NEKO = { image: "neko:1", ports: 52_000, iceServers: [] };
const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0102000A\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

test("the way to everybody that counts is the one with the lowest metric", () => {
  expect(uplinkIn(ROUTES)).toBe("eth0");
  expect(uplinkIn("")).toBeUndefined();
});

test("an address that is set stays; without one it is this computer's own, never localhost's; without neko there is nothing", async () => {
  expect(await withAddress(undefined)).toBeUndefined();
  expect(await withAddress({ ...NEKO, address: "192.0.2.7" })).toEqual({ ...NEKO, address: "192.0.2.7" });
  expect((await withAddress(NEKO))?.address ?? "none").not.toStartWith("127.");
});
