// An agent of the tests that kills itself at the boundary of a task, as -9 does.
//   bun test/support/dying-agent.ts '{"directory":…,"machine":…,"settings":{…},"document":{…},"ask":{"action":"refresh"},"at":"do docker/stash-container"}'
import { join } from "node:path";
import type { Handler, TaskRun } from "../../agent/engine/task.ts";
import { dockerRuntime } from "../../agent/seats/docker/runtime.ts";
import { openSeats } from "../../agent/seats/manager.ts";

const { directory, machine, settings, document, ask, at } = JSON.parse(process.argv[2] ?? "{}");

const die = () => process.kill(process.pid, "SIGKILL");

/** What it did is done, and nobody lived to write that down. */
function dying(kind: string, { do: act, undo }: Handler): Handler {
  const also = (what: string, work: (task: TaskRun) => Promise<void>) => async (task: TaskRun) => {
    if (at === `before ${what} ${kind}`) die();
    await work(task);
    if (at === `${what} ${kind}`) die();
  };
  return { do: also("do", act), ...(undo && { undo: also("undo", undo) }) };
}

const manager = await openSeats({
  directory,
  machine,
  runtime: (given) => {
    const runtime = dockerRuntime({ settings })(given);
    const handlers = Object.entries(runtime.handlers).map(([kind, handler]) => [kind, dying(kind, handler)]);
    return Object.defineProperty(runtime, "handlers", { value: Object.fromEntries(handlers) });
  },
  starterPath: (digest) => join(directory, digest),
  definitionPath: (digest) => join(directory, digest),
});
manager.want(document);
if (ask) await manager.ask([1], ask);
await new Promise(() => setInterval(() => {}, 1000));
