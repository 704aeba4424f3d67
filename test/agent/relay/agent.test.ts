import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LlmOwn } from "../../../agent/contract/llm.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { openTerminal, type PlainTerminal } from "../../support/learner.ts";
import { KEY } from "../../support/relay.ts";
import { says, startUpstream, type TestUpstream } from "../../support/upstream.ts";

let upstream: TestUpstream;
let agent: TestAgent;

beforeAll(async () => {
  upstream = startUpstream();
  process.env.CLARATEACH_LLM_URL = upstream.url;
  agent = await startTestAgent(2);
  await agent.ready();
  await putKey();
});
afterAll(async () => {
  delete process.env.CLARATEACH_LLM_URL;
  await agent?.end();
  await upstream?.end();
});

const putKey = async () =>
  expect((await agent.plane("/v1/relay/key", { method: "PUT", body: JSON.stringify({ apiKey: KEY }) })).status).toBe(204);

/** Wide, so that no answer is cut by a line's end. */
async function terminal(seat: number): Promise<PlainTerminal> {
  const url = `ws://127.0.0.1:${agent.address().public.port}/vm/0${seat}/terminal`;
  const opened = await openTerminal(url, await agent.learner(seat));
  opened.resize(300, 50);
  await opened.run("until stty size | grep -q 300; do sleep 0.1; done; echo wide-$((40+2))", "wide-42");
  return opened;
}

const own = async (seat: number): Promise<LlmOwn | undefined> => {
  const url = `http://127.0.0.1:${agent.address().public.port}/vm/0${seat}/session`;
  return ((await (await fetch(url, { headers: await agent.learner(seat) })).json()) as { llm?: LlmOwn }).llm;
};

/** What the CLI does, as a line for the shell: with what the shell knows. `$1` may replace the token. */
const ASK = `curl -s "$ANTHROPIC_BASE_URL/v1/messages?beta=true" -H "Authorization: Bearer \${OTHER:-$ANTHROPIC_AUTH_TOKEN}" -d '{"model":"claude-haiku-4-5","stream":true}'`;

test("a shell reaches Claude by what it knows; the key is on no side of a seat", async () => {
  upstream.behave(says("I am here.", { inputTokens: 100 }));
  const shell = await terminal(1);
  await shell.run(ASK, "I am here.");
  await shell.run('echo "no=$NO_PROXY"', "no=127.0.0.1,localhost");
  expect(upstream.got.at(-1)?.headers.get("x-api-key")).toBe(KEY);
  expect(await own(1)).toMatchObject({ requests: 1, inputTokens: 100, limitUsd: 5, paused: false });
  expect((await agent.report()).llm).toMatchObject({
    state: "ok",
    seats: [
      { seat: 1, inputTokens: 100 },
      { seat: 2, requests: 0 },
    ],
  });
  shell.close();
  expect(filesWith(agent.directory, KEY)).toEqual([]);
  expect(readFileSync(`/proc/${agent.process().pid}/environ`, "latin1")).not.toContain(KEY);
});

test("an agent that is killed counted all that was used; its next one asks for the key again, and shells go on", async () => {
  const shell = await terminal(2);
  await shell.run(ASK, "message_stop");
  expect(await own(2)).toMatchObject({ requests: 1, outputTokens: 5 });
  await agent.kill();
  await agent.start();
  await agent.ready();
  expect(await own(2)).toMatchObject({ requests: 1, outputTokens: 5 });
  upstream.takeOnly(KEY);
  const again = await terminal(2);
  await again.run(ASK, "key is refused");
  await putKey();
  await again.run(`clear; ${ASK}`, "I am here.");
  upstream.takeOnly(undefined);
  again.close();
});

test("caps by the document are in force within a second; a seat that is opened anew gets another token", async () => {
  await agent.put({ relay: { seats: [{ seat: 1, usd: 0 }] } });
  const shell = await terminal(1);
  await shell.run(ASK, "budget is used up");
  const [first, second] = agent.document.seats;
  if (!first || !second) throw new Error("two seats");
  await agent.put({ relay: {}, seats: [{ ...first, generation: 2 }, second] });
  await agent.ready();
  const next = await terminal(1);
  // The shell is still the same one; it knows only the last learner's token.
  await next.run(`clear; ${ASK}`, "Open another terminal");
  await next.run("tmux new-window \"PS1=an''ew bash --norc\"", "anew");
  await next.run(ASK, "I am here.");
  next.close();
});

/** Files below a directory, those of seats too, that hold this text. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => textOf(path).includes(text));
}

/** Files are replaced while we look: then it stands under its own name too. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
