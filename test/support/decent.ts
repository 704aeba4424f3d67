import { expect } from "bun:test";
import { STATUS_OF } from "../../agent/contract/errors.ts";
import type { RawAnswer } from "./raw.ts";

/** What Bun's own HTTP parser answers, without a body, to what isn't HTTP. */
const PARSER = [400, 413, 431, 505];

const root = new URL("../..", import.meta.url).pathname;

/**
 * Whatever was asked: it came in time, it is no fault of ours, it says in our own words what is wrong, and nothing of the machine.
 * @param secrets what must not stand in it
 */
export function expectDecent(answer: RawAnswer, what: string, secrets: readonly string[] = []): void {
  const { status, body, headers, text, hung } = answer;
  const shown = `${what} → ${text.slice(0, 400)}`;
  expect(hung, `it hung: ${shown}`).toBe(false);
  for (const secret of [root, "node_modules", "/$bunfs", ...secrets])
    expect(text.includes(secret), `${secret} in ${shown}`).toBe(false);
  expect(/\n\s+at .+[:(]\d+|SQLITE|TypeError|undefined is not/.test(text), `a stack in ${shown}`).toBe(false);
  if (status === 0 || status < 400) return;
  if (body === "" && PARSER.includes(status)) return;
  expect(status < 500 || status === 503, shown).toBe(true);
  const type = headers.get("content-type") ?? "";
  // HEAD has none.
  if (body === "") return;
  if (type.startsWith("text/html")) {
    expect(body.toLowerCase(), shown).toMatch(/^<(!doctype html|div|section|form|main|article|p)\b/);
    return;
  }
  // Assets, which nobody reads.
  if (type.startsWith("text/plain")) {
    expect(body, shown).toMatch(/^[A-Z].{10,80}\.\n?$/);
    return;
  }
  // A body that the parser cut off has a second answer behind it.
  const error = JSON.parse(body.split(/HTTP\/1\.1 \d{3}/)[0] ?? "").error;
  // A definition's have their places beside.
  const { problems: _, ...plain } = error;
  expect(Object.keys(plain).sort(), shown).toEqual(["code", "message"]);
  expect(Object.entries(STATUS_OF), shown).toContainEqual([error.code as never, status as never]);
  expect(error.message.length, shown).toBeGreaterThan(15);
}
