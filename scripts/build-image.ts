import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Engine } from "../agent/seats/docker/engine.ts";
import { importTar } from "../agent/seats/docker/image.ts";
import { DPKG_OPTIONS, FINISH, PACKAGES, RECIPE_LABEL, recipeDigest, SUITE } from "../agent/seats/docker/recipe.ts";
import { dockerSettings } from "../agent/seats/docker/settings.ts";

const MIRROR = "http://deb.debian.org/debian";
const cache = join(import.meta.dir, "../.cache/image");

const settings = dockerSettings(process.env);
const { values } = parseArgs({
  options: {
    "tar-only": { type: "boolean", default: false },
    socket: { type: "string", default: settings.socket },
    image: { type: "string", default: settings.image },
  },
});

try {
  await make();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function make(): Promise<void> {
  if (values["tar-only"]) return void (await rootFileSystem());
  const docker = new Engine(values.socket);
  await docker.version(); // before a minute of work
  const there = await docker.inspectImage(values.image);
  if (there?.Config?.Labels?.[RECIPE_LABEL] === recipeDigest()) return;
  await giveToDocker(docker, await rootFileSystem());
}

/** The tar of this recipe, from the cache or made now (a minute, 350 MB from Debian's mirrors). */
async function rootFileSystem(): Promise<string> {
  const file = join(cache, `${recipeDigest()}.tar`);
  if (existsSync(file)) return file;
  for (const old of readdirSync(cache)) if (old.endsWith(".tar") || old.endsWith(".part")) rmSync(join(cache, old));
  const started = performance.now();
  console.error(`Making the image's file system (${PACKAGES.length} packages of Debian ${SUITE}) …`);
  const argv = [
    "mmdebstrap",
    "--quiet",
    "--format=tar",
    "--variant=minbase",
    `--include=${PACKAGES.join(",")}`,
    '--aptopt=Apt::Install-Recommends "false"',
    ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
    `--customize-hook=chroot "$1" sh -c '${FINISH.replaceAll("'", "'\\''")}'`,
    ...[SUITE, `${file}.part`, MIRROR],
  ];
  const code = await Bun.spawn(argv, { stdin: "ignore", stdout: "inherit", stderr: "inherit" }).exited;
  if (code !== 0) {
    rmSync(`${file}.part`, { force: true });
    console.error(`mmdebstrap ended with ${code}. It needs root and Debian's mirror ${MIRROR}.`);
    process.exit(1);
  }
  renameSync(`${file}.part`, file);
  console.error(`Made in ${Math.round((performance.now() - started) / 1000)} s, ${Math.round(Bun.file(file).size / 1e6)} MB.`);
  return file;
}

async function giveToDocker(docker: Engine, file: string): Promise<void> {
  const started = performance.now();
  await importTar(docker, file, values.image);
  console.error(`Image ${values.image} imported in ${Math.round((performance.now() - started) / 1000)} s.`);
}
