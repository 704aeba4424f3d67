import { expect, test } from "bun:test";
import { checkScreen } from "../../../../views/client/check/browser.ts";
import { CLOCK_TOLERANCE_S, HOLD_S } from "../../../../views/client/check/findings.ts";
import { clockFinding, httpsFinding } from "../../../../views/client/check/server.ts";
import { type Held, heldFinding } from "../../../../views/client/check/sockets.ts";
import { checkUdp } from "../../../../views/client/check/udp.ts";

test("a device that opens HTTPS is told by what only it can have said, and only where our own server answers", () => {
  const seen = { secure: true, ownFront: true, protocol: "http/1.1", via: null };
  expect(httpsFinding(seen)).toEqual({ is: "pass" });
  expect(httpsFinding({ ...seen, protocol: "" })).toEqual({ is: "pass" });
  expect(httpsFinding({ ...seen, protocol: "h2" })).toEqual({ is: "pass", why: "opened" });
  expect(httpsFinding({ ...seen, via: "1.1 proxy" })).toEqual({ is: "pass", why: "opened" });
  // Another https server stands before the gateway: what it speaks isn't known.
  expect(httpsFinding({ ...seen, ownFront: false, protocol: "h2", via: "1.1 ours" })).toEqual({ is: "pass" });
  expect(httpsFinding({ ...seen, secure: false })).toEqual({ is: "untested", why: "plain" });
});

test("a clock is compared with the middle of the call, within a tolerance", () => {
  expect(clockFinding(10_000, 9_000, 11_000)).toEqual({ is: "pass", seconds: 0 });
  const off = (seconds: number) => clockFinding(0, seconds * 1000, seconds * 1000);
  expect(off(-CLOCK_TOLERANCE_S)).toEqual({ is: "pass", seconds: -CLOCK_TOLERANCE_S });
  expect(off(CLOCK_TOLERANCE_S + 1)).toEqual({ is: "fail", seconds: CLOCK_TOLERANCE_S + 1 });
});

test("of two held lines the one with pings decides; the silent one tells of a limit", () => {
  const [open, dead, cut]: Held[] = [{ is: "open" }, { is: "dead" }, { is: "cut", seconds: 20 }];
  const table: [Held | undefined, Held | undefined, object][] = [
    [open, open, { is: "pass" }],
    [open, undefined, { is: "pass", why: "pinged" }],
    [open, cut, { is: "pass", why: "idle", seconds: 20 }],
    [open, dead, { is: "pass", why: "idle", seconds: HOLD_S }],
    [cut, cut, { is: "fail", why: "cut", seconds: 20 }],
    [dead, open, { is: "fail", why: "silent" }],
    [{ is: "refused" }, open, { is: "untested", why: "refused" }],
  ];
  for (const [pinged, silent, finding] of table) expect(heldFinding(pinged as Held, silent)).toEqual(finding as never);
});

test("a screen has room for two panes from 1024 × 600 on", () => {
  expect(checkScreen({ width: 1024, height: 600 }).is).toBe("pass");
  expect(checkScreen({ width: 390.4, height: 844 })).toEqual({ is: "fail", width: 390, height: 844 });
});

test("without a STUN server, or in a browser that can't ask one, UDP isn't tested, and nobody is asked", async () => {
  expect(await checkUdp([])).toEqual({ is: "untested", why: "unset" });
  expect(await checkUdp(["stun:stun.example.org:3478"])).toEqual({ is: "untested", why: "missing" });
});
