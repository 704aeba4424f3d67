import { expect, test } from "bun:test";
import { NEKO_CDP_PORT, NEKO_HTTP_PORT, nekoSettings } from "../../../agent/contract/neko.ts";

const CLARATEACH_NEKO_IMAGE = "registry.example.org/neko:3";

test("without an image there is no neko, whatever else is set; with one the rest has good values", () => {
  expect(nekoSettings({ CLARATEACH_NEKO_PORTS: "no number" })).toBeUndefined();
  expect(nekoSettings({ CLARATEACH_NEKO_IMAGE: " " })).toBeUndefined();
  expect(nekoSettings({ CLARATEACH_NEKO_IMAGE })).toEqual({ image: CLARATEACH_NEKO_IMAGE, ports: 52_000, iceServers: [] });
  const turn = { urls: ["turns:turn.example.org:443?transport=tcp"], username: "class", credential: "word" };
  const set = {
    CLARATEACH_NEKO_ADDRESS: "203.0.113.7",
    CLARATEACH_NEKO_PORTS: "40000",
    CLARATEACH_ICE_SERVERS: JSON.stringify([{ ...turn, more: 1 }, { urls: ["stun:stun.example.org"] }]),
  };
  expect(nekoSettings({ CLARATEACH_NEKO_IMAGE, ...set })).toEqual({
    ...{ image: CLARATEACH_NEKO_IMAGE, address: "203.0.113.7", ports: 40_000 },
    iceServers: [turn, { urls: ["stun:stun.example.org"] }],
  });
});

test.each([
  ...["neko image", "Neko:1", "a//b", "-x", "x;y", "https://ghcr.io/neko", "x".repeat(300)].map((image) => [
    "CLARATEACH_NEKO_IMAGE",
    image,
  ]),
  ["CLARATEACH_NEKO_ADDRESS", "2001:db8::7"],
  ["CLARATEACH_NEKO_ADDRESS", "224.0.0.1"],
  ["CLARATEACH_NEKO_ADDRESS", "127.0.0.1"],
  ["CLARATEACH_NEKO_ADDRESS", "127.1.2.3"],
  ["CLARATEACH_NEKO_ADDRESS", "0.0.0.0"],
  ["CLARATEACH_NEKO_ADDRESS", "::1"],
  ["CLARATEACH_NEKO_ADDRESS", "machine.example.org"],
  ["CLARATEACH_NEKO_PORTS", "80"],
  ["CLARATEACH_NEKO_PORTS", "65500"],
  ["CLARATEACH_NEKO_PORTS", "52000.5"],
  ["CLARATEACH_ICE_SERVERS", "{}"],
  ["CLARATEACH_ICE_SERVERS", "[null]"],
  ["CLARATEACH_ICE_SERVERS", '[{"urls":["https://example.org"]}]'],
  ["CLARATEACH_ICE_SERVERS", '[{"urls":"stun:example.org"}]'],
  // Pages would leave them out, or throw.
  ["CLARATEACH_ICE_SERVERS", '[{"urls":["stuns:example.org"]}]'],
  ["CLARATEACH_ICE_SERVERS", '[{"urls":["stun:example.org?transport=udp"]}]'],
  ["CLARATEACH_ICE_SERVERS", '[{"urls":["turn:2001:db8::1"],"username":"u","credential":"c"}]'],
  ...["stun:example.org:65536", "stun:example.org:0", "stun:example.org:99999", "turn:example.org"].map((url) => [
    "CLARATEACH_ICE_SERVERS",
    JSON.stringify([{ urls: [url] }]),
  ]),
  ["CLARATEACH_ICE_SERVERS", '[{"urls":["stun:example.org","turns:example.org"],"username":"u"}]'],
  ["CLARATEACH_ICE_SERVERS", '[{"urls":["turn:example.org"],"username":"u","credential":5}]'],
  ["CLARATEACH_ICE_SERVERS", JSON.stringify([{ urls: ["turn:example.org"], username: "u", credential: "it's" }])],
  ["CLARATEACH_ICE_SERVERS", JSON.stringify(Array.from({ length: 9 }, () => ({ urls: ["stun:example.org"] })))],
])("%s may not be %s, and the sentence says which setting it is", (name, value) => {
  expect(() => nekoSettings({ CLARATEACH_NEKO_IMAGE, [name]: value })).toThrow(new RegExp(`^${name} .*(set it to|write) `));
});

test("a wrong list of servers isn't repeated: it may have a password in it", () => {
  const CLARATEACH_ICE_SERVERS = '[{"urls":["turn:x"],"credential":"hunter2"';
  expect(() => nekoSettings({ CLARATEACH_NEKO_IMAGE, CLARATEACH_ICE_SERVERS })).toThrow(/^(?!.*hunter2)/);
});

test("neko answers where a seat lets no program of its learner listen; its Chromium's own port isn't the one that learners are told", () => {
  expect(NEKO_HTTP_PORT).toBeLessThan(54);
  expect(NEKO_CDP_PORT).not.toBe(9222);
});
