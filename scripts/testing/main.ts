import { isAbsolute } from "node:path";
import { makeImages } from "./images.ts";
import { allGroups, type Group, inLanes } from "./lanes.ts";
import { type Failure, NO_FILE, readOutput, type Said } from "./output.ts";
import { dearest, hasRoom, idleSince, type Spent, Stopwatch } from "./spent.ts";

/** `until` gives up after two minutes and says for what; the runner's own limit (5 s by default) is for what hangs without one. */
const TIMEOUT_MS = 5 * 60_000;
/** Of the whole run, which chooses samples: the same again shows what it showed. */
const SEED = process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31);

const total = { passed: 0, failed: 0, skipped: [] as string[] };
/** What failed, by file or by group. */
const failures = new Map<string, readonly Failure[]>();
/** Those of them that passed alone. */
const shaky = new Map<string, readonly Failure[]>();
/** What is asked once more, and whose failures go when it passes: on a computer whose few processors are busy, what waits for others can fail for want of one. */
const again: { of: string; paths: readonly string[]; broken: readonly Failure[]; crashed: boolean }[] = [];
/** By file. */
const spent = new Map<string, Spent>();
const idle = idleSince();
const asked = process.argv.slice(2);
if (asked.length === 0) await inLanes(await allGroups(), makeImages(failedImages), runGroup, hasRoom);
else for (const path of asked) await runGroup({ name: path, paths: [path], kind: "other" });
for (const each of again) await tryAgain(each);
for (const line of dearest(spent)) console.log(line);
console.log(`${percent(idle())} of the processors' time was nobody's\n`);
for (const [file, of] of failures) for (const { name, why } of of) console.log(`failed: ${file}: ${name}\n${why}\n`);
for (const name of total.skipped) console.log(`skipped: ${name}`);
for (const [file, [first]] of shaky)
  if (first) console.log(`shaky: ${file}: ${first.name}: failed among the others and passed alone\n${first.why}\n`);
console.log(`TEST_SEED=${SEED}`);
console.log(`shaky: ${shaky.size}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** One process a group: a group that crashes is a failure of that group, and the others still tell. */
async function runGroup({ name, paths }: Group, lane?: number): Promise<void> {
  const { said, code } = await run(name, paths, lane);
  const { begun, closed } = said;
  total.passed += said.passed;
  total.skipped.push(...said.skipped);
  for (const [file, broken] of said.failures) failed(file, broken, file === NO_FILE ? paths : [file]);
  if (!closed) {
    const why = "tests after it did not run";
    // The file that it was at, and those that it didn't come to.
    const unfinished = paths.filter((path) => !begun.slice(0, -1).includes(path));
    failed(name, [{ name: `the runner ended with ${code} in ${begun.at(-1) ?? NO_FILE}`, why }], unfinished, true);
  } else if (code !== 0 && said.failures.size === 0) failed(name, [{ name: `the runner ended with ${code}`, why: "" }], paths);
}

/** Those that need them say themselves what they miss. */
function failedImages(error: Error): void {
  failures.set("images", [{ name: "the seats' image could not be made", why: error.message }]);
  total.failed++;
}

function failed(of: string, broken: readonly Failure[], paths: readonly string[], crashed = false): void {
  failures.set(of, broken);
  again.push({ of, paths, broken, crashed });
  total.failed += broken.length;
}

/** When all others are done: alone, a process a file. */
async function tryAgain({ of, paths, broken, crashed }: (typeof again)[number]): Promise<void> {
  const tries: Said[] = [];
  for (const path of paths) {
    const { said, code } = await run(`once more, alone: ${path}`, [path]);
    if (code !== 0 || !said.closed) return;
    tries.push(said);
  }
  failures.delete(of);
  shaky.set(of, broken);
  // Of a group that crashed nothing was counted.
  total.passed += !crashed ? broken.length : tries.reduce((sum, { passed }) => sum + passed, 0);
  total.failed -= broken.length;
}

/**
 * The runner's words come by its standard error; what tests print by the other is shown and not read. All of it is shown at the end: lines of
 * several groups would stand among each other.
 */
async function run(name: string, paths: readonly string[], lane = 1): Promise<{ said: Said; code: number }> {
  console.log(`== ${name} begins`);
  const began = performance.now();
  const idle = idleSince();
  // Without the dot a path is a pattern.
  const files = paths.map((path) => (isAbsolute(path) ? path : `./${path}`));
  const argv = ["test", "--timeout", String(TIMEOUT_MS), ...files];
  const env = { ...process.env, TEST_LANE: String(lane), TEST_SEED: String(SEED) };
  const child = Bun.spawn([process.execPath, ...argv], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const shown: Uint8Array[] = [];
  const read: Uint8Array[] = [];
  const watch = new Stopwatch(child.pid, spent);
  const take = async (from: ReadableStream<Uint8Array>, ...into: ((bytes: Uint8Array) => void)[]) => {
    for await (const bytes of from) for (const each of into) each(bytes);
  };
  const show = (bytes: Uint8Array) => void shown.push(bytes);
  const keep = (bytes: Uint8Array) => void read.push(bytes);
  await Promise.all([take(child.stdout, show), take(child.stderr, show, keep, (bytes) => watch.read(bytes))]);
  const code = await child.exited;
  const wall = Math.round((performance.now() - began) / 1000);
  const cpu = Math.round(Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6);
  console.log(`\n== ${name}: ${wall} s, ${cpu} s of processors, ${percent(idle())} of their time nobody's`);
  process.stderr.write(Buffer.concat(shown));
  return { said: readOutput(Buffer.concat(read).toString()), code };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
