import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGreeting } from "../../../agent/machine/greeting.ts";
import { openIdentity } from "../../../agent/machine/identity.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-greeting-"));
afterAll(() => rmSync(directory, { recursive: true }));
const identity = openIdentity(directory, "clarateach-ws-abc123");
const asked = new URL(`https://machine/v1/hello?challenge=${"0f".repeat(32)}`);
const GATEWAY = "203.0.113.7";

let now = 0;
let greeting: ReturnType<typeof openGreeting>;
beforeEach(() => {
  now = 1_000_000;
  greeting = openGreeting(identity, "ab".repeat(32), () => now);
});
/** How many of so many calls are answered. */
const answered = (calls: number, address: (call: number) => string) =>
  Array.from({ length: calls }, (_, call) => {
    try {
      return greeting(asked, address(call)).ok;
    } catch (error) {
      expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 1 });
      return false;
    }
  }).filter(Boolean).length;

test("a stranger who asks without end doesn't keep the gateway out, and is heard again in the next second", () => {
  expect(answered(500, () => "198.51.100.9")).toBe(20);
  expect(answered(1, () => GATEWAY)).toBe(1);
  now += 1000;
  expect(answered(500, () => "198.51.100.9")).toBe(20);
});

test("one household's addresses of IPv6 count as one, and all of the world's together are bounded", () => {
  expect(answered(500, (call) => `2001:db8::${call.toString(16)}`)).toBe(20);
  expect(answered(3000, (call) => `198.51.${call >> 8}.${call & 255}`)).toBe(999);
});
