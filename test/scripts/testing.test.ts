import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { maySayTwice } from "../../scripts/testing/second-try.ts";

const root = join(import.meta.dir, "../..");
// Below the packages, which the made-up files import.
mkdirSync(join(root, ".cache"), { recursive: true });
const directory = mkdtempSync(join(root, ".cache/gate-"));
afterAll(() => rmSync(directory, { recursive: true }));

const PASSES = `test("passes", () => {});`;
const FAILS = `test("fails", () => { throw new Error("as it should"); });`;
const CRASHES = `test("crashes", () => { process.kill(process.pid, "SIGSEGV"); });`;
const SKIPS = `test.skip("is left out", () => {});`;
/** Fails unless a file lies beside it, and puts it there. */
const FAILS_ONCE = `test("fails once", () => {
  const { existsSync, writeFileSync } = require("node:fs");
  const mark = import.meta.path + ".seen";
  if (existsSync(mark)) return;
  writeFileSync(mark, "");
  throw new Error("only the first time");
});`;
const HEAVY = `import "playwright-core";`;

/** Runs the gate's tests over files made of `sources`. @returns its exit code and its closing lines */
async function gate(...sources: string[]): Promise<{ code: number; said: string[] }> {
  const group = mkdtempSync(join(directory, "group-"));
  for (const [i, source] of sources.entries())
    writeFileSync(join(group, `${i}.test.ts`), `import { test } from "bun:test";\n${source}`);
  const child = Bun.spawn([process.execPath, "scripts/testing/main.ts", group], { cwd: root, stdout: "pipe", stderr: "ignore" });
  const out = await new Response(child.stdout).text();
  const lines = out.trim().split("\n");
  return { code: await child.exited, said: lines.slice(lines.findIndex((line) => /^(skipped|shaky): /.test(line))) };
}

test("all passed: exit 0, what was left out is named", async () => {
  const { code, said } = await gate(PASSES, `${PASSES}\n${SKIPS}`);
  expect(code).toBe(0);
  expect(said[0]).toMatch(/^skipped: .*1\.test\.ts: is left out$/);
  expect(said.slice(1)).toEqual(["shaky: 0", "", "2 passed, 0 failed, 1 skipped"]);
});

test("a failure: exit 1", async () => {
  expect(await gate(PASSES, FAILS)).toEqual({ code: 1, said: ["shaky: 0", "", "1 passed, 1 failed, 0 skipped"] });
});

test("a group that crashes has failed, and no second try of another file takes that away", async () => {
  const { code, said } = await gate(`${HEAVY}\n${FAILS_ONCE}`, CRASHES, PASSES);
  expect(code).toBe(1);
  expect(said.at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed, 0 skipped$/);
});

test("only files of browsers and containers are asked twice; one that passes then is counted as shaky", async () => {
  const heavy = await gate(PASSES, `${HEAVY}\n${FAILS_ONCE}`);
  expect(heavy.code).toBe(0);
  expect(heavy.said[0]).toMatch(/1\.test\.ts failed among the others and passed alone$/);
  expect(heavy.said.slice(1)).toEqual(["shaky: 1", "", "2 passed, 0 failed, 0 skipped"]);
  expect((await gate(PASSES, FAILS_ONCE)).code).toBe(1);
});

test("what breaks outside of a test has failed", async () => {
  expect((await gate(PASSES, `throw new Error("while it is read");`)).code).toBe(1);
});

test("whether a file is heavy shows in what it imports, however far away", async () => {
  expect(await maySayTwice(join(root, "test/e2e/class.test.ts"))).toBe(true);
  expect(await maySayTwice(join(root, "test/agent/seats/docker/runtime.test.ts"))).toBe(true);
  expect(await maySayTwice(join(root, "test/agent/engine/runner.test.ts"))).toBe(false);
});
