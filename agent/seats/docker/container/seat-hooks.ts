import { Problem } from "../../../contract/errors.ts";
import { RELAY_PORT } from "../../../contract/llm.ts";
import { TaskLogs } from "../../task-logs.ts";
import { type Made, madeOf } from "../made.ts";
import { WORKSPACE } from "../names.ts";
import type { SeatTask } from "../seat-task.ts";
import type { Health } from "../workshopctl/set-health.ts";
import { hearHook, type RunningHook } from "../workshopctl/workshopctl.ts";
import { type Hook, hasHook, runHook, treeInside } from "./hooks.ts";

/** A server that begins has eleven seconds in all. */
const RETRIES = 10;
const RETRY_MS = 1000;

/** One SDK's hook of a seat. @returns what it said of its health */
type Run = () => Promise<Health | undefined>;

/** An SDK as the seat has it. */
type Sdk = Made["trees"][number];

interface Hooks {
  hook: Exclude<Hook, "setup-base">;
  /** In their order. */
  sdks: readonly Sdk[];
  /** What the hook knows besides. */
  env?: (sdk: string) => Readonly<Record<string, string>>;
  /** Where it runs, of each SDK; its hooks' directory otherwise. */
  login?: true;
}

/** As the learner would in her own shell: before she comes, and once in a container's life. */
export const setUpProject = (at: SeatTask): Promise<void> =>
  runHooks(at, { hook: "setup-project", sdks: sdksOf(at), login: true }, (_sdk, run) => run());

/** When all SDKs are set up: is each of them what it should be? */
export const checkHealth = (at: SeatTask): Promise<void> =>
  runHooks(at, { hook: "check-health", sdks: sdksOf(at) }, (sdk, run) => untilOkay(sdk, run, at.task));

/** What the seat is made from now. */
const sdksOf = ({ task, seat }: SeatTask): readonly Sdk[] => madeOf(task.memory, seat)?.trees ?? [];

/** Each SDK's that has it, as the learner. @throws Problem `UNAVAILABLE` saying which one didn't work and how */
export async function runHooks(at: SeatTask, hooks: Hooks, use: (sdk: string, run: Run) => Promise<unknown>): Promise<void> {
  const { hook, sdks, env, login } = hooks;
  const those = sdks.filter(({ directory }) => hasHook(directory, hook));
  if (those.length === 0) return;
  const { host, live, task, seat, paths, uid } = at;
  const { container } = await live.find(seat);
  const log = new TaskLogs(host.given.directory).begin(task.id);
  const inside = {
    docker: host.docker,
    container,
    uid,
    gid: host.gid(seat),
    env: host.given.environment?.(seat, RELAY_PORT) ?? {},
  };
  for (const { name: sdk } of those) {
    const how = login ? { cwd: WORKSPACE, login } : { cwd: `${treeInside(sdk)}/hooks` };
    await use(sdk, async () => {
      const running: RunningHook = { hook };
      await hearHook(paths.engine, running, (cookie) =>
        runHook(inside, { sdk, hook, ...how, env: { ...env?.(sdk), WORKSHOP_COOKIE: cookie } }, task, log, task.signal),
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
