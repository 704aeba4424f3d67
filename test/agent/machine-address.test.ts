import { expect, test } from "bun:test";
import { withAddress } from "../../agent/machine-address.ts";

const NEKO = { image: "neko:1", ports: 52_000, iceServers: [] };

test("an address that is set stays; without one it is this computer's own, never localhost's; without neko there is nothing", async () => {
  expect(await withAddress(undefined)).toBeUndefined();
  expect(await withAddress({ ...NEKO, address: "192.0.2.7" })).toEqual({ ...NEKO, address: "192.0.2.7" });
  expect((await withAddress(NEKO))?.address ?? "none").not.toStartWith("127.");
});
