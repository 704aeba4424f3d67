import type { Changes, ChangesMade } from "../contract/api.ts";
import type { ChangeView } from "../contract/changes.ts";
import { CommandFailure } from "../contract/command-line.ts";
import type { AgentApi } from "./agent-api.ts";
import { followChange } from "./follow.ts";
import { outcomeOf } from "./outcome.ts";
import { plainJson } from "./plain.ts";
import { ProgressLine, progressText } from "./progress.ts";
import { TaskLogs } from "./task-logs.ts";

/** Options of every command that makes changes. */
export const WAITS = {
  "no-wait": { about: "prints the change's number and doesn't wait for its end" },
  verbose: { about: "prints what tasks say while they work" },
} as const;

export interface WaitOptions {
  json: boolean;
  verbose: boolean;
  "no-wait": boolean;
}

/** As a shell counts what Ctrl-C ended. */
const INTERRUPTED_EXIT_CODE = 130;

/** What an ask has made: waits for it, or says which it is. @throws CommandFailure when it fails, or waits for a person */
export async function settle(api: AgentApi, made: ChangesMade, options: WaitOptions): Promise<void> {
  if (made.changes.length > 0 && !options["no-wait"]) return waitFor(api, made.changes, "done", options);
  if (options.json) return console.log(plainJson(made));
  if (made.changes.length === 0) return console.log(made.message ?? "No updates.");
  for (const id of made.changes) console.log(id);
}

/** @param wanted as `outcomeOf` @throws CommandFailure */
export async function waitFor(
  api: AgentApi,
  ids: readonly string[],
  wanted: "done" | "over",
  { json, verbose }: Pick<WaitOptions, "json" | "verbose">,
): Promise<void> {
  const changes = await watched(api, ids, verbose);
  if (json) console.log(plainJson({ changes } satisfies Changes));
  const outcomes = await Promise.all(changes.map((change) => outcomeOf(api, change, wanted)));
  for (const { text } of outcomes.filter(({ code }) => code === 0)) if (!json) console.log(text);
  const failed = outcomes.filter(({ code }) => code !== 0);
  if (failed.length === 0) return;
  throw new CommandFailure(Math.max(...failed.map(({ code }) => code)), failed.map(({ text }) => text).join("\n"));
}

/** Until each has ended or waits for a person. @throws CommandFailure when the agent stays away */
export async function watched(api: AgentApi, ids: readonly string[], verbose: boolean): Promise<ChangeView[]> {
  const [line, logs, since] = [new ProgressLine(), new TaskLogs(), Date.now()];
  const now = new Map<string, ChangeView>();
  const leave = () => {
    line.close();
    const lines = ids.map(
      (id) => `  ${api.line(`tasks ${id}`)}  shows how far it is\n  ${api.line(`abort ${id}`)}  gives it up\n`,
    );
    process.stderr.write(`It goes on without you:\n${lines.join("")}`);
    process.exit(INTERRUPTED_EXIT_CODE);
  };
  process.once("SIGINT", leave);
  const step = (change: ChangeView) => {
    now.set(change.id, change);
    if (verbose) for (const text of logs.newLines(change)) line.say(text);
    line.show(() => progressText([...now.values()], since));
  };
  const away = () => line.show(() => "The agent doesn't answer: waiting for it to come back.");
  try {
    return await Promise.all(ids.map((id) => followChange(api, id, { step, away })));
  } finally {
    process.off("SIGINT", leave);
    line.close();
  }
}
