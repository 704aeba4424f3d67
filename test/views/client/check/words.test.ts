import { expect, test } from "bun:test";
import {
  CHECKS,
  type CheckName,
  type Finding,
  type Findings,
  REASONS,
  TITLES,
  VERDICTS,
} from "../../../../views/client/check/findings.ts";
import { reportOf } from "../../../../views/client/check/report.ts";
import { conclusion } from "../../../../views/client/check/results.ts";
import { type Place, say } from "../../../../views/client/check/words.ts";

const PLACE: Place = {
  ...{ host: "class.example.org", port: 443, secure: true, machines: "*.class.example.org" },
  ...{ stun: "stun.example.org:3478", media: { first: 52001, last: 52099 } },
};
const words = (name: CheckName, finding: Finding, place = PLACE) => {
  const { bold, rest } = say(name, finding, place);
  return [bold, rest].filter(Boolean).join(" ");
};

test("every finding that a page can have or be sent is one or more whole sentences", () => {
  for (const name of CHECKS)
    for (const is of VERDICTS)
      for (const why of [undefined, ...REASONS]) {
        const finding: Finding = { is, ...(why && { why }), seconds: 31, width: 390, height: 844 };
        expect([name, is, why, words(name, finding)]).toEqual([
          ...[name, is, why],
          expect.stringMatching(/^[A-Z“].*[.]$/s) as unknown as string,
        ]);
        expect(words(name, finding)).not.toMatch(/undefined|NaN|\b(oops|please|invalid|sorry|we)\b|!/i);
      }
});

test("what fails names host, port, protocol and what to allow", () => {
  expect(words("websocket", { is: "fail", why: "refused" })).toBe(
    "No WebSocket to class.example.org (TCP port 443) opens. Allow WebSocket (wss, the HTTP upgrade of RFC 6455) to class.example.org " +
      "and *.class.example.org on TCP port 443, and leave them out of HTTPS inspection where that can’t pass it on. Without it there is no terminal.",
  );
  expect(words("held", { is: "fail", why: "cut", seconds: 30 })).toBe(
    "A WebSocket to class.example.org (TCP port 443) was cut after 30 seconds. Let WebSockets to class.example.org and " +
      "*.class.example.org on TCP port 443 stay open for at least two minutes while nothing is sent.",
  );
  expect(words("pieces", { is: "fail" })).toContain("response buffering");
  expect(words("udp", { is: "fail" })).toBe(
    "UDP to stun.example.org, port 3478 isn’t answered. Allow it and *.class.example.org, UDP ports 52001 to 52099. " +
      "Without UDP a class works: its live video becomes pictures over the WebSocket.",
  );
  expect(words("udp", { is: "fail" }, { host: "h", port: 443, secure: true, stun: "stun.example.org" })).toStartWith(
    "UDP to stun.example.org, port 3478 isn’t answered. Allow it. Without",
  );
  expect(words("clock", { is: "fail", seconds: -420 })).toStartWith(
    "This computer’s clock is 420 seconds behind class.example.org (TCP port 443). Times",
  );
  expect(words("clock", { is: "fail", seconds: 7200 })).toStartWith("This computer’s clock is 120 minutes ahead of ");
  expect(words("clipboard", { is: "fail" }, { ...PLACE, port: 8443 })).toContain("https://class.example.org:8443 in");
  expect(words("https", { is: "untested", why: "plain" }, { host: "localhost", port: 3000, secure: false })).toBe(
    "Not tested: this page came by HTTP, not HTTPS, from localhost (TCP port 3000).",
  );
});

test("the text for the IT department begins with what to allow, and has a line for each check", () => {
  const known = {
    place: PLACE,
    ownFront: true,
    stun: ["stun:stun.example.org:3478"],
    address: "203.0.113.7",
    now: "2026-11-22T14:48:20.000Z",
  };
  const text = reportOf(
    { https: { is: "pass" }, websocket: { is: "fail", why: "refused" }, udp: { is: "untested", why: "unset" } },
    known,
    "Browser/1",
  );
  expect(text.split("\n").map((line) => line.slice(0, 90))).toEqual([
    "To let a ClaraTeach class through, this network has to allow:",
    "- HTTPS and WebSocket (wss) to class.example.org and *.class.example.org, TCP port 443: We",
    "- UDP to stun.example.org:3478 (STUN) and to *.class.example.org, ports 52001 to 52099: fo",
    "",
    "Found on 2026-11-22 14:48 (UTC) from 203.0.113.7, by Browser/1:",
    "PASS – HTTPS: HTTPS to class.example.org (TCP port 443) works.",
    "FAIL – WebSocket: No WebSocket to class.example.org (TCP port 443) opens. Allow WebSocket ",
    "NOT TESTED – UDP: Not tested: this server names no STUN server to ask by UDP.",
    "",
  ]);
  const local = reportOf({}, { ...known, place: { host: "localhost", port: 3000, secure: false } }, "Browser/1");
  expect(local).toContain("- HTTP and WebSocket (ws) to localhost, TCP port 3000");
  expect(local).not.toContain("UDP");
});

test("the conclusion: what a class needs decides, what it can go without is named", () => {
  const pass = Object.fromEntries(CHECKS.map((name) => [name, { is: "pass" }])) as Findings;
  const of = (more: Findings) => conclusion({ ...pass, ...more }).slice(0, 2);
  expect(of({})).toEqual(["pass", "A class gets through here."]);
  expect(of({ clipboard: { is: "untested" }, https: { is: "untested", why: "plain" } })).toEqual([
    "pass",
    "A class gets through here.",
  ]);
  expect(of({ udp: { is: "fail" } })).toEqual(["lack", "A class gets through, with less: UDP."]);
  expect(of({ held: { is: "untested" } })).toEqual(["untested", `Not everything could be tested: ${TITLES.held}.`]);
  expect(of({ websocket: { is: "fail" }, held: { is: "untested" }, udp: { is: "fail" } })).toEqual([
    "fail",
    "A class doesn’t get through here: WebSocket.",
  ]);
});
