import { expect, test } from "bun:test";
import fc from "fast-check";
import { LEFT_OUT } from "../../../../../../agent/contract/neko-events.ts";
import { hear, MOST_FRAME, say } from "../../../../../../views/client/workspace/preview/neko/signalling.ts";

const heard = (event: string, payload?: unknown) => hear(JSON.stringify({ event, payload }));

test("what neko says is read", () => {
  const host = { id: "x", has_host: true, host_id: "mira-1" };
  const size = { width: 1280, height: 720, rate: 30 };
  expect(heard("system/init", { session_id: "mira-1", control_host: host, screen_size: size, touch_events: true })).toEqual({
    ...{ is: "init", session: "mira-1", host: "mira-1", touch: true },
    screen: { w: 1280, h: 720 },
  });
  expect(heard("signal/provide", { sdp: "v=0", iceservers: [], video: { id: "main" } })).toEqual({
    ...{ is: "provide", sdp: "v=0", iceServers: [] },
  });
  expect(heard("signal/restart", { sdp: "v=0" })).toEqual({ is: "offer", sdp: "v=0" });
  expect(heard("signal/candidate", { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: null })).toEqual({
    ...{ is: "candidate", candidate: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 } },
  });
  expect(heard("signal/close", null)).toEqual({ is: "close" });
  expect(heard("control/host", { has_host: false })).toEqual({ is: "host", host: undefined });
  expect(heard("screen/updated", size)).toEqual({ is: "screen", screen: { w: 1280, h: 720 } });
  expect(heard("clipboard/updated", { text: "copied" })).toEqual({ is: "copied", text: "copied" });
  expect(heard(LEFT_OUT)).toEqual({ is: "left-out" });
  expect(heard("system/disconnect", { message: "already connected" })).toEqual({ is: "disconnect" });
});

test.each<[string, string | ArrayBuffer]>([
  ["bytes", new ArrayBuffer(8)],
  ["no JSON", "<script>alert(1)</script>"],
  ["nothing", ""],
  ["null", "null"],
  ["a list", "[]"],
  ["an event of a prototype's", say("toString", {})],
  ["an event of a prototype's", say("__proto__", {})],
  ["an event that isn't ours", say("session/state", { id: "x" })],
  ["an offer without one", say("signal/provide", { sdp: 5 })],
  ["an offer larger than any", say("signal/provide", { sdp: "v".repeat(200_000) })],
  ["a screen of no size", say("screen/updated", { width: 0, height: -1 })],
  ["a screen larger than any", say("screen/updated", { width: 1e9, height: 720 })],
  ["a screen of parts", say("screen/updated", { width: 12.5, height: 720 })],
  ["a candidate that says not for what", say("signal/candidate", { candidate: "candidate:1" })],
  ["a candidate as long as a book", say("signal/candidate", { candidate: "c".repeat(5_000), sdpMid: "0" })],
  ["nobody's session", say("system/init", { session_id: "", screen_size: { width: 1, height: 1 } })],
  ["a clipboard that is none", say("clipboard/updated", { text: { toString: "x" } })],
  ["a frame beyond all bounds", say("clipboard/updated", { text: "x".repeat(MOST_FRAME) })],
])("%s has no effect", (_, frame) => {
  expect(hear(frame)).toBeUndefined();
});

test("of servers for a way through the network only such are taken, and only so many", () => {
  const servers = [
    { urls: ["turn:turn.example.org:3478?transport=tcp", "https://example.org/"], username: "u", credential: "c" },
    { urls: "stun:192.0.2.1:3478" },
    { urls: ["javascript:alert(1)"] },
    // Without a name a browser takes none of the list.
    { urls: ["turns:[2001:db8::1]:443", "stun:[2001:db8::1]:443"], username: { a: 1 }, credential: "c" },
    null,
    ...Array(20).fill({ urls: ["stun:a"] }),
  ];
  const provided = heard("signal/provide", { sdp: "v=0", iceservers: servers });
  expect(provided).toMatchObject({
    iceServers: [
      { urls: ["turn:turn.example.org:3478?transport=tcp"], username: "u", credential: "c" },
      { urls: ["stun:192.0.2.1:3478"] },
      { urls: ["stun:[2001:db8::1]:443"] },
      ...Array(3).fill({ urls: ["stun:a"] }),
    ],
  });
});

test("whatever comes, nothing is thrown and nothing but what is known comes out", () => {
  const events = fc.constantFrom(
    "system/init",
    "signal/provide",
    "signal/candidate",
    "control/host",
    "screen/updated",
    "clipboard/updated",
  );
  fc.assert(
    fc.property(events, fc.jsonValue(), (event, payload) => {
      const out = heard(event, payload);
      expect(out === undefined || typeof out.is === "string").toBe(true);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void hear(text)));
});
