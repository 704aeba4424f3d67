import type { Workshops } from "../contract/api.ts";
import type { ChangeView, TaskView } from "../contract/changes.ts";
import type { AgentApi } from "./agent-api.ts";
import { plain, plainLine } from "./plain.ts";
import { lasted } from "./times.ts";

/** It waits until a person continues it or gives it up. */
export const WAITING_EXIT_CODE = 4;

/** How a change came out, for scripts and for people. */
export interface Outcome {
  code: number;
  text: string;
}

/** @param wanted `over`: also when it was undone, which is what giving it up asks for */
export async function outcomeOf(api: AgentApi, change: ChangeView, wanted: "done" | "over"): Promise<Outcome> {
  const what = plainLine(change.summary);
  const which = `change ${change.id}`;
  if (change.status === "wait") return { code: WAITING_EXIT_CODE, text: await waiting(api, change, what) };
  if (change.status === "done")
    return { code: 0, text: `${what}: done in ${lasted(change.startedAt, change.endedAt ?? change.startedAt)} (${which})` };
  if (change.error === undefined && wanted === "over") return { code: 0, text: `${what}: given up (${which})` };
  if (change.error === undefined) return { code: 1, text: `${what}: given up by somebody (${which})` };
  const failed = change.tasks.filter(({ status }) => status === "error");
  const lines = [`${what}: failed (${which})`, ...failed.flatMap((task) => failure(api, change, task))];
  // Whoever gives a change up knows that it failed.
  return { code: wanted === "over" ? 0 : 1, text: lines.join("\n") };
}

async function waiting(api: AgentApi, change: ChangeView, what: string): Promise<string> {
  const tasks = change.tasks.filter(({ status }) => status === "wait");
  const seat = tasks.find((task) => task.seat !== undefined)?.seat;
  const name = await projectsName(api, seat ?? change.tasks.find((task) => task.seat !== undefined)?.seat);
  return [
    `${what}: it waits for a person (change ${change.id})`,
    ...tasks.flatMap((task) => failure(api, change, task)),
    "When its cause is mended:",
    ...(seat === undefined ? [] : [`  ${api.line(`shell ${name ?? seat}`)}  looks into the seat`]),
    `  ${api.line(`continue ${change.id}`)}  runs it again`,
    `  ${api.line(`abort ${change.id}`)}  gives it up, and all is as before`,
    ...(name === undefined
      ? []
      : [`  ${api.line(`${anew(change)} ${name}`)}  takes its files as you changed them, after abort: continue doesn't`]),
  ].join("\n");
}

const projectsName = async (api: AgentApi, seat: number | undefined): Promise<string | undefined> =>
  (await api.get<Workshops>("/v1/workshops")).workshops.find((one) => one.seat === seat)?.name;

/** What was never launched isn't refreshed. */
const anew = ({ kind }: ChangeView): string => (kind === "launch" ? "launch" : "refresh");

function failure(api: AgentApi, change: ChangeView, task: TaskView): string[] {
  const said = task.log.flatMap((line) => plain(line).split("\n")).map((line) => `    ${line}`);
  const whole = task.wholeLog ? [`    ${api.line(`log ${change.id} ${task.id}`)}  shows all that it said`] : [];
  return [`  ${plainLine(task.summary)}:`, ...said, ...whole];
}
