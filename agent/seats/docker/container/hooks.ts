import { existsSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import type { TaskRun } from "../../../engine/task.ts";
import type { TaskLog } from "../../task-logs.ts";
import { Masked, secretsOf } from "./masked.ts";
import { type Inside, runToEnd } from "./programs.ts";

const MINUTE_MS = 60_000;

/** How long a hook may take: apt on a slow line; what a learner waits for before her class begins; a look, which may be taken again; a copy of some files. */
const HOOKS = {
  ...{ "setup-base": 15 * MINUTE_MS, "setup-project": 5 * MINUTE_MS, "check-health": 5000 },
  ...{ "save-state": MINUTE_MS, "restore-state": MINUTE_MS },
} as const;
export type Hook = keyof typeof HOOKS;

/** Ended by a signal that nobody here sent: out of memory. */
const KILLED = 137;

/** Where an SDK's tree is in builders and seats. */
export const treeInside = (sdk: string): string => `/var/lib/workshop/sdk/${sdk}`;
export const hasHook = (directory: string, hook: Hook): boolean => existsSync(join(directory, "hooks", hook));
export const limitOf = (hook: Hook): number => HOOKS[hook];

export interface HookRun {
  sdk: string;
  hook: Hook;
  /** Root's work is done where the hooks are, a learner's in her workspace and as her login shell would. */
  cwd: string;
  login?: boolean;
  env: Readonly<Record<string, string>>;
  /** Milliseconds. */
  limitMs?: number;
}

/**
 * Runs a hook to its end with bash, which stops at the first command that fails. What it says goes to the task's whole log, and the last lines to
 * the task, without the secrets of its environment.
 * @throws Problem `UNAVAILABLE` saying how it ended
 */
export async function runHook(inside: Inside, run: HookRun, task: TaskRun, log: TaskLog, signal: AbortSignal): Promise<void> {
  const { sdk, hook, cwd, login = false, env, limitMs = HOOKS[hook] } = run;
  const limit = AbortSignal.timeout(limitMs);
  const lines = new Lines(task.log);
  const masked = new Masked(secretsOf({ ...inside.env, ...env }), (bytes) => {
    log.add(bytes);
    lines.take(bytes);
  });
  const take = (bytes: Uint8Array) => masked.take(bytes);
  const end = () => {
    masked.end();
    lines.end();
  };
  const argv = [...IN_ONE, ...(login ? ["--login"] : []), "-e", "-o", "pipefail", `${treeInside(sdk)}/hooks/${hook}`];
  const options = { cwd, env: { ...env, SDK: treeInside(sdk) }, take, signal: AbortSignal.any([signal, limit]) };
  const { code } = await runToEnd(inside, argv, options).catch((error) => {
    end();
    if (!limit.aborted || signal.aborted) throw error;
    throw new Problem("UNAVAILABLE", `${hook} of ${sdk} did not end within ${duration(limitMs)} and was ended.`);
  });
  end();
  if (code === 0) return;
  const killed = code === KILLED ? ": it was killed, most likely for want of memory" : "";
  throw new Problem("UNAVAILABLE", `${hook} of ${sdk} ended with ${code}${killed}.`);
}

const duration = (ms: number): string => (ms < MINUTE_MS ? `${ms / 1000} seconds` : `${ms / MINUTE_MS} minutes`);

/** Both outputs by one way: by two, the reason why it failed may come before what led to it. */
const IN_ONE = ["/bin/sh", "-c", 'exec /bin/bash "$@" 2>&1', "hook"];

/** Of a line that isn't ended yet: a progress bar draws over itself without end. */
const LINE_LIMIT = 4096;

/** Bytes become lines for people: what would move a cursor or colour a page goes. */
class Lines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(readonly give: (line: string) => void) {}

  take(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = (lines.pop() ?? "").slice(-LINE_LIMIT);
    // More of one piece than anybody is shown.
    for (const line of lines.slice(-LINES_SHOWN)) this.give(clean(line));
  }

  end(): void {
    if (this.#rest !== "") this.give(clean(this.#rest));
    this.#rest = "";
  }
}

const LINES_SHOWN = 20;

/** Of a line that was drawn over itself, what stood there last. */
const clean = (line: string): string =>
  (line.replace(/\r$/, "").split("\r").at(-1) ?? "")
    .replace(ESCAPES, "")
    .replace(/\p{Cc}/gu, (sign) => (sign === "\t" ? sign : ""));

const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g;
