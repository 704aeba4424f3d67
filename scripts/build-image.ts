import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DockerClient } from "../agent/seats/docker/client/client.ts";
import { removeBuilders } from "../agent/seats/docker/image/builder.ts";
import { buildOnBase, importTar, pullBase } from "../agent/seats/docker/image/image.ts";
import {
  APT_OPTIONS,
  DPKG_OPTIONS,
  FINISH,
  PACKAGES,
  RECIPE_LABEL,
  recipeDigest,
  SOURCES,
  SUITE,
} from "../agent/seats/docker/image/recipe.ts";
import { writeTrust } from "../agent/seats/docker/image/trust.ts";
import { dockerSettings } from "../agent/seats/docker/settings.ts";

/** Whose the builders are that this script makes. */
const BUILDS = "build-image";
/** Debian's image has 30 MB; a network that swallows the question mustn't hold the start. */
const REGISTRY_LIMIT_MS = 60_000;
const cache = join(import.meta.dir, "../.cache/image");
const tar = join(cache, `${recipeDigest()}.tar`);

const settings = dockerSettings(process.env);
const { values } = parseArgs({
  options: {
    "if-missing": { type: "boolean", default: false },
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
  if (values["tar-only"]) return values["if-missing"] ? haveTar() : makeTar();
  const docker = new DockerClient(values.socket);
  await docker.version(); // before a minute of work
  await removeBuilders(docker, BUILDS); // of a build that was interrupted
  if (values["if-missing"]) await makeMissing(docker);
  else if (!(await buildFromRegistry(docker, { anew: true }))) {
    await makeTar();
    await giveToDocker(docker);
  }
  // Seats that run keep theirs; it goes with the last of them.
  await docker.pruneImages(RECIPE_LABEL);
}

async function makeMissing(docker: DockerClient): Promise<void> {
  const there = await docker.inspectImage(values.image);
  if (there?.Config?.Labels?.[RECIPE_LABEL] === recipeDigest()) return;
  if (!existsSync(tar) && (await buildFromRegistry(docker))) return;
  await haveTar();
  await giveToDocker(docker);
}

/** On Debian's own image. False where none is in reach. */
async function buildFromRegistry(docker: DockerClient, how: { anew?: boolean } = {}): Promise<boolean> {
  const trusted = settings.trustedCa === undefined ? undefined : await writeTrust(settings.trustedCa, join(cache, "trust"));
  const given = { docker, trusted, machine: BUILDS, reference: values.image, log: console.error };
  try {
    await pullBase({ ...given, signal: AbortSignal.timeout(REGISTRY_LIMIT_MS) }, how);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}. From Debian's mirrors then.`);
    return false;
  }
  await buildOnBase({ ...given, signal: new AbortController().signal });
  return true;
}

/** There already is fine. */
async function haveTar(): Promise<void> {
  if (!existsSync(tar)) await makeTar();
}

/** The file system of this recipe: a minute, 350 MB from Debian's mirrors. */
async function makeTar(): Promise<void> {
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
    ...APT_OPTIONS.map((option) => `--aptopt=${option}`),
    ...[SUITE, `${tar}.part`, ...SOURCES],
  ];
  const code = await Bun.spawn(argv, { stdin: "ignore", stdout: "inherit", stderr: "inherit" }).exited;
  if (code !== 0) {
    rmSync(`${tar}.part`, { force: true });
    console.error(`mmdebstrap ended with ${code}. It needs root, Debian's mirror deb.debian.org and Debian's key.`);
    process.exit(1);
  }
  for (const old of readdirSync(cache)) if (old.endsWith(".tar")) rmSync(join(cache, old));
  renameSync(`${tar}.part`, tar);
  console.error(`Made in ${Math.round((performance.now() - started) / 1000)} s, ${Math.round(Bun.file(tar).size / 1e6)} MB.`);
}

async function giveToDocker(docker: DockerClient): Promise<void> {
  const started = performance.now();
  await importTar(docker, tar, values.image);
  console.error(`Image ${values.image} imported in ${Math.round((performance.now() - started) / 1000)} s.`);
}
