import { existsSync } from "node:fs";
import { join } from "node:path";
import { runtimeDirectories } from "../../agent/contract/running.ts";
import { seatName } from "../../agent/contract/seats.ts";
import { startTestAgent, type TestAgent } from "./agent.ts";
import { openTerminal } from "./learner.ts";
import { KEY } from "./relay.ts";
import { until } from "./until.ts";

/** A learner whose terminal has the real CLI from npm in it; only the upstream that answers is scripted. */
export interface SeatWithClaude {
  agent: TestAgent;
  /** The instructor's key, or another one. */
  putKey(apiKey?: string): Promise<void>;
  /** Types a question. No two the same: they tell where an answer begins. */
  ask(question: string): Promise<void>;
  /** What the terminal shows below this question, in one line, once it matches. */
  below(question: string, what: string | RegExp): Promise<string>;
  /** The CLI was ended by nobody. */
  pid(): number;
  end(): Promise<void>;
}

/** Wide, so that no sentence is broken in two. */
const COLS = 220;
const ROWS = 50;

/** @param upstream where its agent asks; it has no key yet */
export async function seatWithClaude(upstream: string): Promise<SeatWithClaude> {
  process.env.CLARATEACH_LLM_URL = upstream;
  const agent = await startTestAgent(1);
  const putKey = async (apiKey = KEY) => {
    const { status } = await agent.plane("/v1/relay/key", { method: "PUT", body: JSON.stringify({ apiKey }) });
    if (status !== 204) throw new Error(`the key was answered with ${status}`);
  };
  const tmux = (...argv: string[]): string => {
    const socket = runtimeDirectories(agent.document.machine)
      .map((directory) => join(directory, seatName(1), "tmux.sock"))
      .find(existsSync);
    return Bun.spawnSync(["tmux", "-u", "-S", socket ?? "", ...argv]).stdout.toString();
  };
  // Between its sign and a question the CLI writes a space that breaks no line.
  const screen = () => tmux("capture-pane", "-p", "-t", "main").replaceAll("\u00a0", " ");
  const shows = async (what: string, look: () => string | undefined): Promise<string> => {
    try {
      return await until(what, look);
    } catch (cause) {
      throw new Error(`the terminal shows:\n${screen()}`, { cause });
    }
  };
  const belowOf = (question: string): string => screen().split(`❯ ${question}`).at(1)?.replace(/\s+/g, " ") ?? "";
  await agent.ready();
  const terminal = await openTerminal(`ws://127.0.0.1:${agent.address().public.port}/vm/01/terminal`, await agent.learner(1));
  terminal.resize(COLS, ROWS);
  await until("the terminal to be wide", () => tmux("display", "-p", "-t", "main", "#{window_width}").trim() === String(COLS));
  terminal.type("claude\r");
  await shows("the CLI's prompt", () => (/^❯/m.test(screen()) ? "" : undefined));
  return {
    agent,
    putKey,
    ask: async (question) => {
      terminal.type(question);
      // Enter in the same moment would be part of a paste.
      await shows(`"${question}" to be typed`, () => (screen().includes(`❯ ${question}`) ? "" : undefined));
      terminal.type("\r");
    },
    below: (question, what) => {
      const found = (text: string) => (typeof what === "string" ? text.includes(what) : what.test(text));
      return shows(`${what} below "${question}"`, () => (found(belowOf(question)) ? belowOf(question) : undefined));
    },
    pid: () => Number(tmux("list-panes", "-t", "main", "-F", "#{pane_pid}")),
    end: async () => {
      terminal.close();
      await agent.end();
    },
  };
}
