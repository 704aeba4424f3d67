import { Problem } from "../../../contract/errors.ts";
import { RELAY_PORT } from "../../../contract/llm.ts";
import { TaskLogs } from "../../task-logs.ts";
import { WORKSPACE } from "../names.ts";
import type { SeatTask } from "../seat-task.ts";
import type { Health } from "../workshopctl/set-health.ts";
import { hearHook, type RunningHook } from "../workshopctl/workshopctl.ts";
import { hasHook, runHook, treeInside } from "./hooks.ts";

/** A server that begins has eleven seconds in all. */
const RETRIES = 10;
const RETRY_MS = 1000;

/** One SDK's hook of a seat. @returns what it said of its health */
type Run = () => Promise<Health | undefined>;

/** As the learner would in her own shell: before she comes, and once in a seat's life. */
export const setUpProject = (at: SeatTask): Promise<void> => each(at, "setup-project", (_sdk, run) => run());

/** When all SDKs are set up: is each of them what it should be? */
export const checkHealth = (at: SeatTask): Promise<void> => each(at, "check-health", (sdk, run) => untilOkay(sdk, run, at.task));

/** Each SDK's, in their order. */
async function each(
  at: SeatTask,
  hook: "setup-project" | "check-health",
  use: (sdk: string, run: Run) => Promise<unknown>,
): Promise<void> {
  const { host, live, layers, task, seat, paths, uid, list } = at;
  if (!list) return;
  const { container } = await live.find(seat);
  const log = new TaskLogs(host.given.directory).begin(task.id);
  const inside = { docker: host.docker, container, uid, env: host.given.environment?.(seat, RELAY_PORT) ?? {} };
  for (const { name: sdk, directory } of await layers.trees.all(list, task.signal)) {
    if (!hasHook(directory, hook)) continue;
    const how = hook === "setup-project" ? { cwd: WORKSPACE, login: true } : { cwd: `${treeInside(sdk)}/hooks` };
    await use(sdk, async () => {
      const running: RunningHook = { hook };
      await hearHook(paths.engine, running, (cookie) =>
        runHook(inside, { sdk, hook, ...how, env: { WORKSHOP_COOKIE: cookie } }, task, log, task.signal),
      );
      return running.health;
    });
  }
}

/** @throws Problem `UNAVAILABLE` in the SDK's own words where it has some */
async function untilOkay(sdk: string, run: Run, { log, signal }: SeatTask["task"]): Promise<void> {
  for (let retries = 0; ; retries++) {
    const health = await run();
    if (!health) throw new Problem("UNAVAILABLE", `check-health of ${sdk} ended without calling workshopctl set-health.`);
    if (health.state === "okay") return;
    if (health.state === "error") throw new Problem("UNAVAILABLE", `${sdk} is in error: ${wordsOf(health)}`);
    if (retries === RETRIES)
      throw new Problem("UNAVAILABLE", `${sdk} is still waiting after ${RETRIES} retries: ${wordsOf(health)}`);
    log(`${sdk} is waiting: ${wordsOf(health)}`);
    await Bun.sleep(RETRY_MS);
    signal.throwIfAborted();
  }
}

const wordsOf = ({ message, code }: Health): string => `${message}${code === undefined ? "" : ` (${code})`}`;
