import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT_COMMAND, startTestAgent, type TestAgent } from "../../support/agent.ts";
import { runCommand } from "../../support/command.ts";

let agent: TestAgent;
/** The program by its name, as it is installed. */
let bin: string;
beforeAll(async () => {
  agent = await startTestAgent(3);
  bin = mkdtempSync(join(tmpdir(), "ct-bin-"));
  writeFileSync(join(bin, "clarateach-agent"), `#!/bin/sh\nexec ${AGENT_COMMAND.map((word) => `'${word}'`).join(" ")} "$@"\n`);
  chmodSync(join(bin, "clarateach-agent"), 0o755);
  await agent.ready();
});
afterAll(async () => {
  await agent?.end();
  rmSync(bin, { recursive: true });
});

/** What bash puts in for the last word of a line, asked as it asks when Tab is typed. */
async function completed(line: string): Promise<string[]> {
  const script = `source <(clarateach-agent completion); COMP_LINE=$1; COMP_POINT=\${#1}; COMP_WORDS=($1); COMP_WORDBREAKS=$' \\t\\n"<>=;|&(:'
_clarateach_agent; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, CLARATEACH_MACHINE: agent.directory };
  const child = Bun.spawn(["bash", "-c", script, "bash", line], { env, stdout: "pipe" });
  return (await new Response(child.stdout).text()).trim().split("\n").filter(Boolean);
}

test("bash completes commands, options, their words, seats, changes and tasks", async () => {
  expect(await completed("clarateach-agent re")).toEqual(["refresh", "restore", "remove", "remount"]);
  expect(await completed("clarateach-agent stop --ver")).toEqual(["--verbose"]);
  expect(await completed("clarateach-agent changes --select in")).toEqual(["in-progress"]);
  expect(await completed("clarateach-agent refresh ")).toEqual(["01", "02", "03"]);
  expect(await completed("clarateach-agent refresh --verbose 01 0")).toEqual(["01", "02", "03"]);
  expect(await completed(`clarateach-agent shell --machine ${agent.directory} `)).toEqual(["01", "02", "03"]);
  expect(await completed("clarateach-agent tasks ")).toEqual(["1"]);
  expect(await completed("clarateach-agent continue ")).toEqual([]);
  expect(await completed("clarateach-agent log 1 2")).toContain("2");
});

test("it is quiet where there is nothing to put in", async () => {
  for (const line of ["clarateach-agent nothing ", "clarateach-agent exec 01 -- l", "clarateach-agent shell --machine /nowhere "])
    expect(await completed(line)).toEqual([]);
  expect(await runCommand(["completion", "clarateach-agent connect 01 :"])).toMatchObject({ code: 0, out: "", err: "" });
});
