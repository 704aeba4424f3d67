import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { readOutput, type Said } from "./output.ts";
import { maySayTwice } from "./second-try.ts";

/** One process a group: a group that crashes is a failure of that group, and the others still tell. */
const GROUPS = ["scripts", "support", "agent", "gateway", "provision", "views", "integration", "e2e"].map(
  (name) => `test/${name}`,
);

/** `until` gives up after two minutes and says for what; the runner's own limit (5 s by default) is for what hangs without one. */
const TIMEOUT_MS = 5 * 60_000;

const asked = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: [] as string[], shaky: [] as string[] };
for (const group of asked.length > 0 ? asked : GROUPS.filter((each) => existsSync(each))) await runGroup(group);
for (const name of total.skipped) console.log(`skipped: ${name}`);
for (const name of total.shaky) console.log(`shaky: ${name} failed among the others and passed alone`);
console.log(`shaky: ${total.shaky.length}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function runGroup(group: string): Promise<void> {
  console.log(`\n== ${group}`);
  const { said, code } = await run(group);
  let { passed, failed } = said;
  if (!said.closed) {
    // It didn't come to count those that failed before.
    failed = 1 + [...said.failures.values()].reduce((sum, each) => sum + each, 0);
    console.log(`\n${group}: the runner ended with ${code} in ${said.lastFile ?? "no file"}; tests after it did not run`);
  } else if (code !== 0 && failed === 0) failed++;
  for (const [file, broken] of said.failures) {
    if (!(await maySayTwice(file))) continue;
    console.log(`\n== once more, alone: ${file}`);
    const again = await run(file);
    if (again.code !== 0 || !again.said.closed) continue;
    total.shaky.push(file);
    passed += broken;
    failed -= broken;
  }
  total.passed += passed;
  total.failed += failed;
  total.skipped.push(...said.skipped);
}

/** The runner's words come by its standard error; what tests print by the other is shown and not read. */
async function run(path: string): Promise<{ said: Said; code: number }> {
  // Without the dot a path is a pattern.
  const argv = ["test", "--timeout", String(TIMEOUT_MS), isAbsolute(path) ? path : `./${path}`];
  const child = Bun.spawn([process.execPath, ...argv], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of child.stderr) {
    process.stderr.write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  return { said: readOutput(text), code: await child.exited };
}
