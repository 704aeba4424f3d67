import { existsSync } from "node:fs";
import { join } from "node:path";
import { dependencies } from "../../package.json";

const ROOT = join(import.meta.dir, "..", "..");
const WHOLE = join(ROOT, "node_modules/@google-cloud/compute/build/protos/protos.json");
/** Another version of the package has another file. */
const PRUNED = join(ROOT, "dist", `google-compute-${dependencies["@google-cloud/compute"]}.json`);

/**
 * Makes compute's clients load the pruned types instead of all; to be called before they are imported. The pruning is done once, in a
 * process of its own: its memory would stay with ours.
 */
export async function useLessTypes(): Promise<void> {
  if (!existsSync(PRUNED)) await pruneInside(PRUNED);
  const text = await Bun.file(PRUNED).text();
  Bun.plugin({
    name: "pruned types of Google's compute API",
    setup: (build) => {
      // As an object: Bun can't `require` JSON that a plugin gives as text.
      build.onLoad({ filter: /@google-cloud\/compute\/build\/protos\/protos\.json$/ }, () => ({
        loader: "object",
        exports: JSON.parse(text),
      }));
    },
  });
}

async function pruneInside(target: string): Promise<void> {
  const command = [process.execPath, join(import.meta.dir, "prune.ts"), WHOLE, target];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const words = await new Response(child.stderr).text();
  if ((await child.exited) !== 0)
    throw new Error(`the types of Google's compute API could not be pruned into "${target}": ${words.trim()}`);
}
