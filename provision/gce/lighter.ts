import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const COMPUTE = join(ROOT, "node_modules", "@google-cloud", "compute");
const PRUNE = join(import.meta.dir, "prune.ts");
const WHOLE = join(COMPUTE, "build", "protos", "protos.json");

/**
 * Makes Google's clients load less, which are 325 MB as they come; to be called before they are imported. Of compute's types they get the
 * pruned ones: the pruning is done once, in a process of its own, whose memory doesn't stay with ours. gRPC is left out: all calls are REST.
 */
export async function loadLess(): Promise<void> {
  // Another version, and another choice, has another file.
  const made = await Promise.all([join(COMPUTE, "package.json"), PRUNE].map((path) => Bun.file(path).text()));
  const pruned = join(ROOT, "dist", `google-compute-${Bun.hash(made.join("")).toString(36)}.json`);
  if (!existsSync(pruned)) await pruneInside(pruned);
  const types = await Bun.file(pruned).text();
  Bun.plugin({
    name: "less of Google's clients",
    setup: (build) => {
      // As objects: Bun can't `require` what a plugin gives as text.
      build.onLoad({ filter: /@google-cloud\/compute\/build\/protos\/protos\.json$/ }, () => object(JSON.parse(types)));
      // A class is derived from `Client` as soon as it is loaded.
      build.onLoad({ filter: /@grpc\/grpc-js\/build\/src\/index\.js$/ }, () => object({ Client: class {} }));
      build.onLoad({ filter: /@grpc\/proto-loader\/build\/src\/index\.js$/ }, () => object({}));
    },
  });
}

const object = (exports: Record<string, unknown>) => ({ loader: "object", exports }) as const;

async function pruneInside(target: string): Promise<void> {
  const command = [process.execPath, PRUNE, WHOLE, target];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const words = await new Response(child.stderr).text();
  if ((await child.exited) !== 0)
    throw new Error(`the types of Google's compute API could not be pruned into "${target}": ${words.trim()}`);
}
