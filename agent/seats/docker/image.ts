import { createReadStream } from "node:fs";
import type { Engine } from "./engine.ts";
import { DockerError } from "./engine-http.ts";
import type { ImageInfo } from "./engine-types.ts";
import { runToEnd } from "./programs.ts";
import { DPKG_OPTIONS, FINISH, PACKAGES, PULLED_BASE, RECIPE_LABEL, recipeDigest } from "./recipe.ts";

/** A build on a slow line; apt fetches 350 MB. */
const BUILD_LIMIT_MS = 20 * 60_000;

export interface ImageGiven {
  docker: Engine;
  /** `clarateach/base:1` */
  reference: string;
  signal: AbortSignal;
  log(line: string): void;
}

/**
 * The image seats are made from; there already is fine. One that names its registry is pulled, any other is made from a pulled Debian:
 * under a name without a registry anybody could publish one. Machines without a registry get theirs by `scripts/build-image`.
 * @throws DockerError saying how to get one
 */
export async function haveImage(given: ImageGiven): Promise<ImageInfo> {
  const { docker, reference, signal, log } = given;
  const there = await docker.inspectImage(reference);
  if (there) return there;
  if (namesRegistry(reference)) {
    log(`Pulling ${reference}`);
    const { repository, tag } = partsOf(reference);
    await docker.pullImage(repository, tag, signal);
  } else await buildImage(given);
  const made = await docker.inspectImage(reference);
  if (!made) throw new DockerError(`cannot find image "${reference}" after making it`);
  return made;
}

/** From Debian's own image, by apt, in a container that is committed and thrown away. */
async function buildImage({ docker, reference, signal, log }: ImageGiven): Promise<void> {
  const base = `${PULLED_BASE.repository}:${PULLED_BASE.tag}`;
  if (!(await docker.inspectImage(base))) {
    log(`Pulling ${base}`);
    await docker.pullImage(PULLED_BASE.repository, PULLED_BASE.tag, signal).catch((cause) => {
      throw new DockerError(
        `cannot get an image for seats: ${messageOf(cause)}. No registry in reach? Run scripts/build-image on this machine`,
      );
    });
  }
  const name = `clarateach-build-${crypto.randomUUID().slice(0, 8)}`;
  const id = await docker.createContainer(name, {
    Image: base,
    Hostname: "build",
    User: "0:0",
    WorkingDir: "/",
    Entrypoint: [],
    Cmd: ["sleep", "infinity"],
    Env: [],
    Labels: {},
    HostConfig: { LogConfig: { Type: "none" } },
  });
  try {
    await docker.startContainer(id);
    log("Installing packages");
    const done = await runToEnd(docker, id, ["sh", "-c", installScript()], {
      user: "root",
      cwd: "/",
      signal: AbortSignal.any([signal, AbortSignal.timeout(BUILD_LIMIT_MS)]),
    });
    if (done.code !== 0)
      throw new DockerError(`cannot install the packages of "${reference}": ${done.stderr.trim().slice(-400)}`);
    const { repository, tag } = partsOf(reference);
    await docker.commit(id, repository, tag, [`LABEL ${RECIPE_LABEL}=${recipeDigest()}`]);
  } finally {
    await docker.removeContainer(id);
  }
}

const installScript = (): string => `set -e
${DPKG_OPTIONS.map((option) => `echo '${option}' >> /etc/dpkg/dpkg.cfg.d/clarateach`).join("\n")}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends ${PACKAGES.join(" ")} > /dev/null
${FINISH}`;

/** A root file system's tar file as the image. */
export async function importTar(docker: Engine, file: string, reference: string): Promise<void> {
  const { repository, tag } = partsOf(reference);
  await docker.importImage(createReadStream(file), repository, tag, [`LABEL ${RECIPE_LABEL}=${recipeDigest()}`]);
}

/** `a.b:5000/x:1`, `localhost/x`: the part before the first slash is a host. */
export function namesRegistry(reference: string): boolean {
  const [first = "", ...rest] = reference.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
}

/** `a.b:5000/x/y:1` → repository and tag. */
export function partsOf(reference: string): { repository: string; tag: string } {
  const colon = reference.lastIndexOf(":");
  return colon > reference.lastIndexOf("/")
    ? { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) }
    : { repository: reference, tag: "latest" };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
