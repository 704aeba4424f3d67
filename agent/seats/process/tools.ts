import { join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import { BUILT_IN_SDKS } from "../../definition/builtin/built-in.ts";
import type { SdkContent } from "../../definition/content.ts";
import { PLAIN_SDKS } from "../../definition/plain.ts";
import type { Handler, TaskRun } from "../../engine/task.ts";
import type { SdkStore } from "../sdks/store.ts";

/** What every seat that is a plain process has of the tools directory. */
export const TOOLS: readonly SdkContent[] = BUILT_IN_SDKS.filter(({ name }) => PLAIN_SDKS.includes(name));

/** In the seats' PATH, whether they are there yet or not; never where somebody else may put them. */
export function toolPaths(store: SdkStore | undefined): string[] {
  const usable = TOOLS.filter((sdk) => sdk.links.length > 0 && store?.isOurs(sdk));
  return store ? usable.map((sdk) => join(store.treeOf(sdk).directory, "bin")) : [];
}

/** Where one couldn't be fetched, the next ones would wait for the same silence. */
const HOPELESS_MS = 60_000;

/** Fetches one SDK where it isn't there. Seats start without it, too: a class on a train has its shells, files and screens. */
export function retrieveSdk(store: SdkStore | undefined): Handler {
  let hopeless = { until: 0, why: "" };
  return {
    async do(task: TaskRun): Promise<void> {
      const { sdk } = task.data as { sdk: string };
      const content = TOOLS.find(({ name }) => name === sdk);
      if (!store || !content || store.has(content)) return;
      if (Date.now() < hopeless.until) return task.log(hopeless.why);
      const progress = (done: number, total: number) => task.progress("bytes", done, total);
      try {
        await store.have(content, { signal: task.signal, progress });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        hopeless = { until: Date.now() + HOPELESS_MS, why: `Seats start without ${sdk}: ${error.message}` };
        task.log(hopeless.why);
      }
    },
  };
}
