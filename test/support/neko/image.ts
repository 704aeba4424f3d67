import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recipeDigest } from "../../../agent/seats/docker/image/recipe.ts";
import type { PrivateDocker } from "../dockerd.ts";

/** What `CLARATEACH_NEKO_IMAGE` may be in tests: the product's own recipe on a base that has the stand-in as neko. */
export const NEKO_IMAGE = "clarateach/neko-stand-in:1";
const BASE = "clarateach/neko-stand-in-base:1";
/** Of what it was made: it is made again when that changes. */
const LABEL = "clarateach.neko-stand-in";
const FILES = join(import.meta.dir, "image");
const RECIPE = join(import.meta.dir, "../../../provision/image/neko");

/** Kept by the tests' daemon over runs, as the seats' image is: made first it is minutes, most of them apt's. @returns its name */
export async function haveNekoImage({
  docker,
  socket,
  image,
}: Pick<PrivateDocker, "docker" | "socket" | "image">): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), "neko-image-"));
  try {
    await gather(context);
    const digest = digestOf([context, RECIPE]);
    if ((await docker.inspectImage(NEKO_IMAGE))?.Config?.Labels?.[LABEL] === digest) return NEKO_IMAGE;
    await build(socket, context, BASE, { SEATS_IMAGE: image });
    await build(socket, RECIPE, NEKO_IMAGE, { NEKO_IMAGE: BASE }, { [LABEL]: digest });
    return NEKO_IMAGE;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function gather(context: string): Promise<void> {
  mkdirSync(context, { recursive: true });
  cpSync(FILES, context, { recursive: true });
  cpSync(realpathSync(process.execPath), join(context, "bun"));
  const { outputs } = await Bun.build({ entrypoints: [join(import.meta.dir, "main.ts")], target: "bun", minify: true });
  await Bun.write(join(context, "neko.js"), outputs[0] ?? "");
}

function digestOf(directories: readonly string[]): string {
  const hash = createHash("sha256").update(recipeDigest());
  for (const directory of directories)
    for (const name of (
      readdirSync(directory, { recursive: true, withFileTypes: true }) as {
        name: string;
        parentPath: string;
        isFile(): boolean;
      }[]
    )
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort())
      hash.update(name.slice(directory.length)).update(readFileSync(name));
  return hash.digest("hex").slice(0, 16);
}

/** By the daemon's own builder, from a directory with a Dockerfile. @throws with what a step said last */
async function build(
  socket: string,
  directory: string,
  tag: string,
  args: Record<string, string>,
  labels: Record<string, string> = {},
): Promise<void> {
  const query = new URLSearchParams({ t: tag, buildargs: JSON.stringify(args), labels: JSON.stringify(labels), forcerm: "true" });
  const tar = Bun.spawn(["tar", "-C", directory, "-c", "."], { stdout: "pipe", stderr: "inherit" });
  const answer = await fetch(`http://docker/build?${query}`, {
    ...{ unix: socket, method: "POST", headers: { "content-type": "application/x-tar" } },
    body: await new Response(tar.stdout).blob(),
    timeout: false,
  } as RequestInit);
  const said = (await answer.text()).split("\n").filter((line) => line !== "");
  const failed = said
    .map((line) => JSON.parse(line) as { error?: string; message?: string })
    .find(({ error, message }) => error ?? message);
  if (failed)
    throw new Error(`cannot build "${tag}": ${failed.error ?? failed.message}; ${said.slice(-12).join(" ").slice(-2000)}`);
}
