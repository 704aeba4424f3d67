import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Glob } from "bun";
import { allGroups, type Group, inLanes, type Kind } from "../../scripts/testing/lanes.ts";
import { leadsTo } from "../../scripts/testing/leads-to.ts";

const root = join(import.meta.dir, "../..");
mkdirSync(join(root, ".cache"), { recursive: true });
const directory = mkdtempSync(join(root, ".cache/gate-"));
afterAll(() => rmSync(directory, { recursive: true }));

const PASSES = `test("passes", () => {});`;
const FAILS = `test("fails", () => { throw new Error("as it should"); });`;
const CRASHES = `test("crashes", () => { process.kill(process.pid, "SIGSEGV"); });`;
const SKIPS = `test.skip("is left out", () => {});`;
/** Does so unless a file lies beside it, and puts it there. */
const once = (what: string) => `{
  const { existsSync, writeFileSync } = require("node:fs");
  const mark = import.meta.path + ".seen";
  if (!existsSync(mark)) { writeFileSync(mark, ""); ${what} }
}`;
const THROW = `throw new Error("only the first time");`;
const FAILS_ONCE = `test("fails once", () => ${once(THROW)});`;
const CRASHES_ONCE = `test("crashes once", () => ${once('process.kill(process.pid, "SIGSEGV");')});`;
const BREAKS_ONCE = `${once(THROW)}\n${PASSES}`;

/** Runs the gate's tests over files made of `sources`. @returns its exit code, all its lines, and the closing ones */
async function gate(...sources: string[]): Promise<{ code: number; lines: string[]; said: string[] }> {
  const group = mkdtempSync(join(directory, "group-"));
  for (const [i, source] of sources.entries())
    writeFileSync(join(group, `${i}.test.ts`), `import { test } from "bun:test";\n${source}`);
  const child = Bun.spawn([process.execPath, "scripts/testing/main.ts", group], { cwd: root, stdout: "pipe", stderr: "ignore" });
  const out = await new Response(child.stdout).text();
  const lines = out.trim().split("\n");
  return {
    code: await child.exited,
    lines,
    said: lines.slice(lines.findIndex((line) => /^(failed|skipped|shaky): /.test(line))),
  };
}

test("all passed: exit 0, what was left out is named", async () => {
  const { code, said } = await gate(PASSES, `${PASSES}\n${SKIPS}`);
  expect(code).toBe(0);
  expect(said[0]).toMatch(/^skipped: .*1\.test\.ts: is left out$/);
  expect(said.slice(-3)).toEqual(["shaky: 0", "", "2 passed, 0 failed, 1 skipped"]);
});

test("all files of a run have one seed, which is printed once", async () => {
  const tells = `test("tells", () => { throw new Error("has " + process.env.TEST_SEED); });`;
  const { lines } = await gate(tells, tells);
  const seeds = lines.flatMap((line) => /^TEST_SEED=(\d+)$/.exec(line)?.[1] ?? []);
  expect(seeds).toHaveLength(1);
  expect(lines.filter((line) => line === `error: has ${seeds[0]}`)).toHaveLength(2);
});

test("what each file took is told before, by the clock and of the processors, the longest first", async () => {
  const busy = `test("works", () => { for (const end = performance.now() + 900; performance.now() < end; ) {} });`;
  const { lines } = await gate(PASSES, busy, PASSES);
  const told = lines.flatMap((line) => [...line.matchAll(/^ *([\d.]+) s +([\d.]+) s of processors {2}.*(\d)\.test\.ts$/g)]);
  expect(told.map(([, , , file]) => file).toSorted()).toEqual(["0", "1", "2"]);
  expect(told[0]?.[3]).toBe("1");
  expect(Number(told[0]?.[2])).toBeGreaterThan(0);
});

test("a failure: exit 1, and the end names it with its reason", async () => {
  const { code, said } = await gate(PASSES, FAILS);
  expect(code).toBe(1);
  expect(said[0]).toMatch(/^failed: .*1\.test\.ts: fails \[/);
  expect(said).toContain("error: as it should");
  expect(said.slice(-3)).toEqual(["shaky: 0", "", "1 passed, 1 failed, 0 skipped"]);
});

test("a group that crashes has failed, and no second try of another file takes that away", async () => {
  const { code, said } = await gate(FAILS_ONCE, CRASHES, PASSES);
  expect(code).toBe(1);
  expect(said.find((line) => line.startsWith("failed"))).toMatch(/^failed: .*: the runner ended with \d+ in .*1\.test\.ts$/);
  expect(said.at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed, 0 skipped$/);
});

test("one that crashed among the others, or broke where it is read, is asked once more too", async () => {
  for (const [source, what] of [
    [CRASHES_ONCE, "the runner ended with"],
    [BREAKS_ONCE, "outside of a test"],
  ] as const) {
    const { said } = await gate(source, PASSES);
    expect(said[0]).toMatch(new RegExp(`^shaky: .*: ${what}`));
    expect(said.slice(-3)).toEqual(["shaky: 1", "", "2 passed, 0 failed, 0 skipped"]);
  }
});

test("a file that failed is asked once more, alone: what passes then is counted as shaky, and named with its reason", async () => {
  const { code, said } = await gate(PASSES, FAILS_ONCE);
  expect(code).toBe(0);
  expect(said[0]).toMatch(/^shaky: .*1\.test\.ts: fails once .*: failed among the others and passed alone$/);
  expect(said).toContain("error: only the first time");
  expect(said.slice(-3)).toEqual(["shaky: 1", "", "2 passed, 0 failed, 0 skipped"]);
});

test("what breaks outside of a test has failed", async () => {
  const { code, said } = await gate(PASSES, `throw new Error("while it is read");`);
  expect(code).toBe(1);
  expect(said[0]).toMatch(/^failed: .*1\.test\.ts: outside of a test$/);
  expect(said).toContain("error: while it is read");
});

test("every file of tests is in one group, and all that need the Docker daemon in the lane of those", async () => {
  const groups = await allGroups();
  const files = [...new Glob("test/**/*.test.{ts,tsx}").scanSync({ cwd: root })].filter(
    (path) => !path.startsWith("test/rules/"),
  );
  expect(groups.flatMap(({ paths }) => paths).sort()).toEqual(files.sort());
  const ofDocker = groups.filter(({ kind }) => kind === "docker" || kind === "first").flatMap(({ paths }) => paths);
  for (const file of files)
    if (/"[^"]*\/(dockerd|docker-world|layered|seats-before-all|system)\.ts"/.test(await Bun.file(join(root, file)).text()))
      expect(ofDocker).toContain(file);
});

test("lanes: what needs images waits for them, what needs the first lane runs there one after the other, the rest beside it", async () => {
  const kinds: Kind[] = ["first", "first", "docker", "docker", "docker", "other", "other", "other", "waiting"];
  const { promise: images, resolve: made } = Promise.withResolvers<void>();
  const running = new Set<number>();
  const done: string[] = [];
  let haveImages = false;
  const run = async ({ name, kind }: Group, lane: number) => {
    expect(running).not.toContain(lane);
    if (kind === "first") expect(lane).toBe(1);
    if (kind === "docker") expect([1, 3]).toContain(lane);
    if (kind === "first" || kind === "docker") expect(haveImages).toBe(true);
    running.add(lane);
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    running.delete(lane);
    done.push(name);
    if (done.length < kinds.filter((kind) => kind === "other" || kind === "waiting").length) return;
    haveImages = true;
    made();
  };
  await inLanes(groupsOf(kinds), { seats: images, live: images }, run, async () => setImmediate(false));
  expect(done.toSorted()).toEqual(
    groupsOf(kinds)
      .map(({ name }) => name)
      .toSorted(),
  );
});

test("spare lanes begin something once the others leave a processor free, and end with them", async () => {
  const begun: { lane: number; hadRoom: boolean }[] = [];
  let looks = 0;
  const hasRoom = async () => setImmediate(++looks >= 3);
  const run = async (_: Group, lane: number) => {
    begun.push({ lane, hadRoom: looks >= 3 });
    while (new Set(begun.map(({ lane }) => lane)).size < 5) await setImmediate();
  };
  const kinds: Kind[] = ["docker", "docker", "docker", "other", "other", "other", "other"];
  await inLanes(groupsOf(kinds), { seats: Promise.resolve(), live: Promise.resolve() }, run, hasRoom);
  expect(begun).toHaveLength(kinds.length);
  expect(begun.filter(({ lane, hadRoom }) => lane > 3 && !hadRoom)).toEqual([]);
});

const groupsOf = (kinds: readonly Kind[]): Group[] => kinds.map((kind, i) => ({ name: `${kind}${i}`, paths: [], kind }));

test("what a file leads to shows in what it imports, however far away", async () => {
  const needsDocker = (path: string) => leadsTo(join(root, path), /support\/(dockerd|system)/);
  expect(await needsDocker("test/agent/seats/docker/runtime.test.ts")).toBe(true);
  // By a file beside the one it imports.
  expect(await needsDocker("test/integration/two-machines-docker.test.ts")).toBe(true);
  expect(await needsDocker("test/agent/engine/runner.test.ts")).toBe(false);
});
