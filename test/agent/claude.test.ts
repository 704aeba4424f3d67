import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RelayWish } from "../../agent/contract/llm.ts";
import { startTestAgent, type TestAgent } from "../support/agent.ts";
import { openTerminal, type PlainTerminal } from "../support/learner.ts";
import { until } from "../support/until.ts";
import { type Behaviour, callsTools, says, startUpstream, type TestUpstream } from "../support/upstream.ts";

let upstream: TestUpstream;
let agent: TestAgent;
let shell: PlainTerminal;
let revision = 1;

beforeAll(async () => {
  upstream = startUpstream();
  process.env.CLARATEACH_LLM_URL = upstream.url;
  agent = await startTestAgent(1);
  await agent.ready();
  shell = await openTerminal(`ws://127.0.0.1:${agent.address().public.port}/vm/01/terminal`, await agent.learner(1));
});
afterAll(async () => {
  delete process.env.CLARATEACH_LLM_URL;
  shell?.close();
  await agent?.end();
  await upstream?.end();
});

const settings = async () => Bun.file(join(agent.directory, "seats/01/home/.claude/settings.json")).json();
const workspace = () => join(agent.directory, "seats/01/workspace");

async function want(relay: RelayWish, mode: string, allowed: string[]): Promise<void> {
  revision += 1;
  expect((await agent.put({ revision, relay })).status).toBe(200);
  await until(`the mode ${mode}`, async () => {
    const { defaultMode, allow = [] } = (await settings()).permissions;
    return defaultMode === mode && allowed.every((tool) => allow.includes(tool));
  });
}

/** Says what became of each tool that Claude wanted: without anybody to ask, what would be asked is refused. */
const outcomes: Behaviour = (got) => {
  const blocks = (got.json().messages ?? []).flatMap(({ content }) => content as { type?: string; is_error?: boolean }[]);
  const results = blocks.filter(({ type }) => type === "tool_result");
  return says(`outcomes: ${results.map(({ is_error }) => (is_error ? "refused" : "done")).join(" ")}.`)(got);
};

async function tried(name: string): Promise<string> {
  upstream.behave(
    callsTools(
      [
        ["Write", { file_path: join(workspace(), `${name}.txt`), content: name }],
        ["Bash", { command: `npm --version > ${name}.log`, description: "asks npm" }],
      ],
      outcomes,
    ),
  );
  return shell.run(`claude -p 'Try ${name}'`, /outcomes: [\w ]+\./);
}

test("by itself Claude edits without a question, and asks before it runs a program", async () => {
  expect(await tried("edits")).toContain("outcomes: done refused.");
  expect([existsSync(join(workspace(), "edits.txt")), existsSync(join(workspace(), "edits.log"))]).toEqual([true, false]);
});

test("the instructor's wish reaches a seat that runs: everything without a question", async () => {
  await want({ permissions: "everything" }, "acceptEdits", ["Bash"]);
  expect(await tried("everything")).toContain("outcomes: done done.");
});

test("and a question before everything", async () => {
  await want({ permissions: "ask" }, "default", []);
  expect(await tried("ask")).toContain("outcomes: refused refused.");
});
