import { existsSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { basename, join } from "node:path";
import type { Fit } from "./contract/fit.ts";
import type { Leftovers } from "./contract/machine.ts";
import { RUNTIME_FILE, type RuntimeWish } from "./contract/running.ts";
import { writeWhole } from "./machine/durable.ts";
import { DockerClient } from "./seats/docker/client/client.ts";
import { fitOfMachine } from "./seats/docker/machine-size.ts";
import { dockerRuntime } from "./seats/docker/runtime.ts";
import { type DockerSettings, dockerSettings } from "./seats/docker/settings.ts";
import { fitOfProcesses } from "./seats/process/fit.ts";
import { processRuntime } from "./seats/process/runtime.ts";
import { TOOLS } from "./seats/process/tools.ts";
import type { MakeRuntime } from "./seats/runtime.ts";
import { sdkSettings } from "./seats/sdks/settings.ts";
import { SdkStore } from "./seats/sdks/store.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The runtime of a machine. `auto` is docker where this agent is root, the daemon answers and has the seats' image; else process. What was
 * chosen first stays: seats of one runtime are invisible to the other.
 * @throws Problem `INVALID_INPUT` for a setting that can't be read; Error when another runtime is asked for than the seats were made by
 */
export async function chooseRuntime(wish: RuntimeWish, directory: string, env: Env): Promise<MakeRuntime> {
  const settings = dockerSettings(env);
  const path = join(directory, RUNTIME_FILE);
  const before = existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  const chosen = wish === "auto" ? (before ?? (await fitting(settings))) : wish;
  if (before && before !== chosen)
    throw new Error(`the seats of "${directory}" were made by the runtime ${before}: start its agent with --runtime ${before}`);
  writeWhole(path, chosen);
  if (chosen === "docker") return dockerRuntime({ settings });
  return processRuntime({ path: env.PATH, sdks: new SdkStore(settings.tools, settings.registry) });
}

/** The same tools for every kind of seat: those of the first built-in definition. @throws as `sdkSettings` */
export function tools(env: Env) {
  const { tools: directory, registry } = sdkSettings(env);
  const store = new SdkStore(directory, registry);
  const { signal } = new AbortController();
  return {
    directory,
    tools: TOOLS.map((sdk) => ({
      name: sdk.name,
      isThere: store.has(sdk),
      fetch: (progress: (done: number, total: number) => void) => store.have(sdk, { signal, progress }),
    })),
  };
}

/** What `auto` means on this computer, for a machine that has no seats yet. */
export async function fitting({ socket, image }: DockerSettings): Promise<"docker" | "process"> {
  if (process.getuid?.() !== 0 || !existsSync(socket)) return "process";
  const found = await new DockerClient(socket).inspectImage(image).catch(() => undefined);
  return found ? "docker" : "process";
}

/** What so many seats would get of this computer, however many machines they are of. @throws as `chooseRuntime` */
export async function fitIn(wish: RuntimeWish, seats: number, directory: string, env: Env): Promise<Fit> {
  const settings = dockerSettings(env);
  const runtime = wish === "auto" ? await fitting(settings) : wish;
  const fit = runtime === "docker" ? await fitOfMachine(settings, seats, directory) : fitOfProcesses(seats, totalmem());
  return { ...fit, runtime };
}

/**
 * Everything of a machine's seats goes, without engine, document or agent: for a provider that removes a machine whose agent couldn't.
 * Repeatable. Answers what was removed. @throws when something of them couldn't be removed
 */
export async function clearSeats(directory: string, env: Env): Promise<Leftovers> {
  const make = await chooseRuntime("auto", directory, env);
  const forgetful = { get: () => undefined, set: () => {}, keys: () => [] };
  const runtime = make({ directory, machine: basename(directory), memory: forgetful, starterPath: () => "" });
  try {
    return await runtime.removeEverything();
  } finally {
    await runtime.close();
  }
}
