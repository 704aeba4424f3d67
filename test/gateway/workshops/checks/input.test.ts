import { expect, test } from "bun:test";
import fc from "fast-check";
import { checkedFindings } from "../../../../gateway/workshops/checks/input.ts";
import { showChecks } from "../../../../gateway/workshops/checks/show.ts";
import { LEARNER_NAME_LIMIT } from "../../../../gateway/workshops/workshop.ts";
import { CHECKS, REASONS, VERDICTS } from "../../../../views/client/check/findings.ts";

const finding = fc.record(
  {
    is: fc.constantFrom(...VERDICTS),
    why: fc.constantFrom(...REASONS),
    seconds: fc.integer({ min: -1e9, max: 1e9 }),
    width: fc.integer({ min: 0, max: 1e5 }),
    height: fc.integer({ min: 0, max: 1e5 }),
  },
  { requiredKeys: ["is"] },
);
const findings = fc.dictionary(fc.constantFrom(...CHECKS), finding, { noNullPrototype: true });

test("whatever our page can send is taken as it is", () => {
  fc.assert(
    fc.property(findings, fc.string({ maxLength: LEARNER_NAME_LIMIT }), (sent, name) => {
      const taken = checkedFindings({ name, findings: sent });
      expect(taken.findings).toEqual(sent);
      expect([...taken.name].length).toBeLessThanOrEqual(LEARNER_NAME_LIMIT);
      expect(taken.name).not.toMatch(/\p{C}|^\s|\s$/u);
    }),
  );
});

test("of whatever else is sent nothing is kept but words of ours and whole numbers", () => {
  const refused = (body: unknown): boolean => {
    try {
      checkedFindings(body);
      return false;
    } catch {
      return true;
    }
  };
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      const isEmpty = JSON.stringify((body as { findings?: unknown } | null)?.findings) === "{}";
      expect(refused(body) || isEmpty).toBe(true);
    }),
  );
  const own = { findings: { udp: { is: "fail" } } };
  expect(refused(own)).toBe(false);
  const odd: unknown[] = [
    ...[undefined, [], { findings: [] }, { ...own, more: 1 }, { ...own, name: 7 }, { ...own, name: "a".repeat(10_000) }],
    ...[{ is: "good" }, { is: "fail", why: "<b>" }, { is: "fail", seconds: 1.5 }, { is: "fail", seconds: 1e300 }].map((udp) => ({
      findings: { udp },
    })),
    { findings: { udp: { is: "fail", said: "Call 555-1234" } } },
    { findings: { other: { is: "fail" } } },
    JSON.parse('{"findings":{"__proto__":{"is":"fail"}}}'),
  ];
  expect(odd.filter((body) => !refused(body))).toEqual([]);
});

test("the instructor's list counts browsers, and names who typed a name", () => {
  const row = (browser: string, name: string, found: object) => ({
    ...{
      workshop: "ws-abc123",
      browser,
      address: "",
      name,
      findings: JSON.stringify(found),
      checked_at: `2026-11-22T14:0${browser}:00.000Z`,
    },
  });
  expect(showChecks([])).toBeUndefined();
  const rows = [
    row("1", "Mira", { websocket: { is: "fail", why: "refused" }, udp: { is: "fail" } }),
    row("2", "", { websocket: { is: "pass" }, udp: { is: "fail" } }),
    row("3", "Ada", { udp: { is: "fail" } }),
    row("4", "Jonas", { websocket: { is: "pass" } }),
  ];
  expect(showChecks(rows)).toEqual({
    checked: 4,
    troubled: 1,
    lastAt: "2026-11-22T14:04:00.000Z",
    lacks: [
      { check: "websocket", needed: true, names: ["Mira"], nameless: 0 },
      { check: "udp", needed: false, names: ["Ada", "Mira"], nameless: 1 },
    ],
  });
});
