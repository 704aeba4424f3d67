import type { Changes } from "../contract/api.ts";
import { CHANGE_ID, CHANGE_SELECTIONS, type ChangeView, type TaskView, taskNow } from "../contract/changes.ts";
import { type Command, command, UsageProblem } from "../contract/command-line.ts";
import { seatName } from "../contract/seats.ts";
import { type AgentApi, ASKS, openApi } from "./agent-api.ts";
import { plain, plainJson, plainLine } from "./plain.ts";
import { type Screen, screenOf } from "./screen.ts";
import { table } from "./table.ts";
import { lasted, local } from "./times.ts";
import { WAITS, waitFor } from "./waiting.ts";

const CHANGE = { name: "CHANGE", about: 'its number, as "changes" lists it' } as const;
const group = "Changes";

export const changesCommand: Command = command(
  {
    ...{ name: "changes", about: "shows what is and was done on a machine, oldest first", group },
    options: { select: { value: CHANGE_SELECTIONS, about: "which ones; all is what you get without" }, ...ASKS },
  },
  async ({ machine, json, select = "all" }) => {
    const answer = await openApi(machine).get<Changes>(`/v1/changes?select=${select}`);
    console.log(json ? plainJson(answer) : printedChanges(answer, screenOf(process.stdout)));
  },
);

export const tasksCommand: Command = command(
  { name: "tasks", about: "shows the tasks of a change", words: [CHANGE], options: ASKS, group },
  async ({ machine, json }, [id]) => {
    const api = openApi(machine);
    const change = await api.get<ChangeView>(`/v1/changes/${changeId(id)}`);
    console.log(json ? plainJson(change) : printedTasks(api, change, screenOf(process.stdout)));
  },
);

export const logCommand: Command = command(
  {
    ...{ name: "log", about: "prints all that a task of a change said", group },
    words: [CHANGE, { name: "TASK", about: 'its number, as "tasks" lists it' }],
    options: { machine: ASKS.machine },
  },
  async ({ machine }, [change, task]) => {
    const answer = await openApi(machine).text(`/v1/changes/${changeId(change)}/tasks/${changeId(task)}/log`);
    process.stdout.write(plain(await answer.text()));
  },
);

export const continueCommand = settling("continue", "runs again what waits in a change, once its cause is mended");
export const abortCommand = settling("abort", "gives a change up: what is done of it is undone");

function settling(action: "continue" | "abort", about: string): Command {
  return command({ name: action, about, words: [CHANGE], options: { ...WAITS, ...ASKS }, group }, async (given, [word]) => {
    const [api, id] = [openApi(given.machine), changeId(word)];
    const change = await api.post<ChangeView>(`/v1/changes/${id}`, { action });
    if (!given["no-wait"]) return waitFor(api, [id], action === "abort" ? "over" : "done", given);
    console.log(given.json ? plainJson(change) : id);
  });
}

/** @throws UsageProblem for what can't be one */
function changeId(word = ""): string {
  if (CHANGE_ID.test(word)) return word;
  throw new UsageProblem(`"${word}" is no number of a change or task: they count from 1.`);
}

function printedChanges({ changes }: Changes, screen: Screen): string {
  if (changes.length === 0) return "no changes";
  const rows = changes.map(({ id, status, startedAt, endedAt, summary, error }) => {
    const why = error === undefined ? "" : `: ${error}`;
    return [id, status, local(startedAt), endedAt === undefined ? "" : lasted(startedAt, endedAt), `${summary}${why}`];
  });
  return table(["change", "status", "begun", "took", "what"], rows, screen);
}

function printedTasks(api: AgentApi, change: ChangeView, screen: Screen): string {
  const rows = change.tasks.map((task) => [
    ...[task.id, task.status, task.seat === undefined ? "" : seatName(task.seat)],
    task.startedAt !== undefined && task.endedAt !== undefined ? lasted(task.startedAt, task.endedAt) : "",
    whatOf(task),
  ]);
  const logs = change.tasks.filter(({ wholeLog }) => wholeLog).map(({ id }) => api.line(`log ${change.id} ${id}`));
  return [
    `${plainLine(change.summary)}: ${change.status}`,
    table(["task", "status", "seat", "took", "what"], rows, screen),
    ...logs.map((line) => `${line}  shows all that it said`),
  ].join("\n");
}

function whatOf(task: TaskView): string {
  const { summary, log, status } = task;
  if (status === "doing") return taskNow(task);
  const last = status === "error" || status === "wait" ? log.at(-1) : undefined;
  return last === undefined ? summary : `${summary}: ${last}`;
}
