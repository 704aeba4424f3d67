import { expect, test } from "bun:test";
import { addressOf } from "../../../gateway/people/address.ts";

const from = (address: string, headers: Record<string, string> = {}, behindFront = true) =>
  addressOf(new Request("http://x/", { headers }), { requestIP: () => ({ address }) }, behindFront);
const said = { "x-forwarded-for": "2001:db8:1:2:3:4:5:6" };

test("the front says who called, and nobody else does", () => {
  expect(from("127.0.0.1", said)).toBe("2001:db8:1:2::/64");
  expect(from("127.0.0.1", said, false)).toBe("127.0.0.1");
  expect(from("192.0.2.1", said)).toBe("192.0.2.1");
  expect(from("127.0.0.1")).toBe("127.0.0.1");
});

test("all addresses of one IPv6 network are one", () => {
  expect(from("2001:db8:1:2:aaaa::1", {}, false)).toBe(from("2001:db8:1:2:bbbb::2", {}, false));
  expect(from("2001:db8:1:2::1", {}, false)).not.toBe(from("2001:db8:1:3::1", {}, false));
});

test("of several addresses in the header the last counts: those before it anybody can write", () => {
  expect(from("127.0.0.1", { "x-forwarded-for": "198.51.100.1, 203.0.113.7" })).toBe("203.0.113.7");
  expect(from("127.0.0.1", { "x-forwarded-for": "198.51.100.2,203.0.113.7 " })).toBe("203.0.113.7");
  expect(from("127.0.0.1", { "x-forwarded-for": "" })).toBe("127.0.0.1");
});
