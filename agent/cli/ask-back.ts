import { createInterface } from "node:readline/promises";
import type { RefreshPlan, SeatsRequest, Workshop, Workshops } from "../contract/api.ts";
import { CommandFailure } from "../contract/command-line.ts";
import { seatName } from "../contract/seats.ts";
import type { AgentApi } from "./agent-api.ts";
import { spans } from "./seat-words.ts";

/** Of commands that end what somebody is at. */
export const ASKS_BACK = { yes: { about: "asks nothing back" } } as const;

/**
 * What a slip would cost is asked back where somebody sits at a terminal: files that go, and programs that end below learners' hands.
 * A script has meant it. @throws CommandFailure when the answer isn't yes
 */
export async function askBack(
  api: AgentApi,
  action: SeatsRequest["action"],
  seats: readonly number[] | undefined,
): Promise<void> {
  if (!(process.stdin.isTTY && process.stderr.isTTY)) return;
  const { workshops } = await api.get<Workshops>("/v1/workshops");
  const meant = workshops.filter(({ seat }) => seats?.includes(seat) ?? true);
  const question = await questionFor(api, action, meant);
  if (question !== undefined && !(await isYes(`${question} [y/N] `))) throw new CommandFailure(1, "Nothing was done.");
}

async function questionFor(
  api: AgentApi,
  action: SeatsRequest["action"],
  meant: readonly Workshop[],
): Promise<string | undefined> {
  const there = meant.filter(({ status }) => status !== "off");
  if (action === "remove") return there.length === 0 ? undefined : `Remove ${named(there)} with all files in there?`;
  const ends = action === "refresh" ? await restarting(api, there) : action === "launch" || action === "start" ? [] : there;
  const used = ends.filter(({ viewers }) => viewers > 0);
  if (used.length === 0) return undefined;
  return `Somebody is at work in ${named(used)}: programs and shells there end, files in /workspace stay. ${VERB[action]}?`;
}

const VERB = { launch: "", start: "", remove: "", stop: "Stop", refresh: "Refresh", restore: "Restore" } as const;

async function restarting(api: AgentApi, seats: readonly Workshop[]): Promise<readonly Workshop[]> {
  if (!seats.some(({ viewers }) => viewers > 0)) return [];
  const plan = await api.get<RefreshPlan>(`/v1/plan?seats=${seats.map(({ seat }) => seatName(seat)).join(",")}`);
  return seats.filter(({ seat }) => plan.seats.some((one) => one.seat === seat && one.does === "restarts"));
}

const named = (seats: readonly Workshop[]): string =>
  `${seats.length === 1 ? "seat" : "seats"} ${spans(seats.map(({ seat }) => seat))}`;

async function isYes(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-D and Ctrl-C are a no.
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  const answer = await Promise.race([lines.question(question), closed]);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
