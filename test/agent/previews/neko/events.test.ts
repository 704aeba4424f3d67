import { expect, test } from "bun:test";
import { newSecrets } from "../../../../agent/previews/neko/config.ts";
import { downward, upward } from "../../../../agent/previews/neko/events.ts";

const secrets = newSecrets();
const frame = (event: unknown, payload?: unknown) => JSON.stringify({ event, payload });
const up = (text: string) => upward(text)?.text;
const down = (text: string, servers: Parameters<typeof downward>[1] = []) => downward(text, servers, secrets)?.text;

test("a page may signal, control and heartbeat, and nothing of an administrator's", () => {
  for (const event of [
    "signal/answer",
    "signal/candidate",
    "control/move",
    "control/keydown",
    "clipboard/set",
    "client/heartbeat",
  ])
    expect(JSON.parse(up(frame(event, { x: 1 })) ?? "")).toEqual({ event, payload: { x: 1 } });
  for (const event of [
    "screen/set",
    "send/broadcast",
    "send/unicast",
    "system/logs",
    "broadcast/start",
    "admin/kick",
    // What neko's own page says.
    "control/copy",
    "control/keypress",
    "keyboard/map",
    "__proto__",
    "",
  ])
    expect(up(frame(event, {}))).toBeUndefined();
});

test("neko may tell of the picture, not of its log, its plug-ins or other viewers' words", () => {
  for (const event of ["system/init", "system/heartbeat", "signal/candidate", "clipboard/updated", "control/host"])
    expect(JSON.parse(down(frame(event, { a: [1] })) ?? "")).toEqual({ event, payload: { a: [1] } });
  for (const event of [
    "system/logs",
    "system/admin",
    "chat/message",
    "filetransfer/update",
    "send/unicast",
    "session/cursors",
    "session/state",
  ])
    expect(down(frame(event, {}))).toBeUndefined();
});

test.each(["", "null", "[]", "5", '"signal/answer"', "{", '{"event":5}', "\u0000", '{"Event":"signal/answer"}'])(
  "%p is dropped, both ways",
  (text) => {
    expect([up(text), down(text)]).toEqual([undefined, undefined]);
  },
);

test("what was looked at is what is passed: a second event of the same name, or more beside it, doesn't come through", () => {
  const text = '{"event":"system/logs","payload":1,"event":"control/request","more":{"event":"system/logs"}}';
  expect(up(text)).toBe('{"event":"control/request","payload":1}');
});

test("a request says only what neko can read: anything else would stay without an answer and look as if neko hung", () => {
  const odd = { video: { disabled: false, selector: { id: "none" } }, audio: "loud", more: 1 };
  expect(JSON.parse(up(frame("signal/request", odd)) ?? "").payload).toEqual({ video: { disabled: false }, audio: {} });
  expect(JSON.parse(up(frame("signal/request", 5)) ?? "").payload).toEqual({ video: {}, audio: {} });
  expect(JSON.parse(up(frame("signal/request", { audio: { disabled: true } })) ?? "").payload.audio).toEqual({ disabled: true });
});

test("a page is told the servers that were set, never those that neko names", () => {
  const google = { sdp: "v=0", iceservers: [{ urls: ["stun:stun.l.google.com:19302"] }], video: { id: "main" } };
  const turn = { urls: ["turns:turn.example.org"], username: "u", credential: "c" };
  expect(JSON.parse(down(frame("signal/provide", google)) ?? "").payload).toEqual({ ...google, iceservers: [] });
  expect(JSON.parse(down(frame("signal/provide", google), [turn]) ?? "").payload.iceservers).toEqual([turn]);
  expect(JSON.parse(down(frame("signal/provide", "nothing")) ?? "").payload).toEqual({ iceservers: [] });
});

test("no frame with one of the secrets in it reaches a page, wherever it stands", () => {
  for (const secret of Object.values(secrets)) {
    expect(down(frame("system/init", { deep: [{ word: `a${secret}b` }] }))).toBeUndefined();
    expect(down(frame("system/init", { [secret]: 1 }))).toBeUndefined();
    const escaped = `\\u00${secret.charCodeAt(0).toString(16)}${secret.slice(1)}`;
    expect(down(`{"event":"system/init","payload":"${escaped}"}`)).toBeUndefined();
  }
});

test("a long frame may be a few strings, as a clipboard is, and nothing that takes a parser time", () => {
  const long = "x".repeat(900_000);
  expect(up(frame("clipboard/set", { text: long }))?.length).toBeGreaterThan(900_000);
  expect(down(frame("clipboard/updated", { text: long }))?.length).toBeGreaterThan(900_000);
  for (const depth of [50_000, 30_000, 100]) {
    const nested = `{"event":"control/host","payload":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect([up(nested.replace("host", "move")), down(nested)]).toEqual([undefined, undefined]);
  }
  const words = { text: `"${"[".repeat(100)}\\"`, list: Array.from({ length: 100 }, () => [{}]) };
  expect(JSON.parse(down(frame("control/host", words)) ?? "").payload).toEqual(words);
});
