import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { SeatImage } from "../../../contract/image.ts";
import type { DockerClient } from "../client/client.ts";
import { DockerError } from "../client/http.ts";
import type { ImageInfo } from "../client/types.ts";
import { type BuilderGiven, buildImageFrom } from "./builder.ts";
import { APT_OPTIONS, DPKG_OPTIONS, FINISH, imageLabels, MADE_LABEL, PACKAGES, PULLED_BASE } from "./recipe.ts";

export interface ImageGiven extends BuilderGiven {
  /** `clarateach/base:1` */
  reference: string;
  /** In place of all that a seat needs. */
  packages?: readonly string[];
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
  } else {
    await pullBase(given).catch((cause) => {
      throw new DockerError(`cannot get an image for seats: ${messageOf(cause)}. Run scripts/build-image on this machine`);
    });
    await buildOnBase(given);
  }
  const made = await docker.inspectImage(reference);
  if (!made) throw new DockerError(`cannot find image "${reference}" after making it`);
  return made;
}

/** Debian's own image, kept by Docker from then on. @param anew pulled again all the same @throws DockerError where no registry is in reach */
export async function pullBase(
  { docker, signal, log }: Pick<ImageGiven, "docker" | "signal" | "log">,
  { anew = false } = {},
): Promise<void> {
  if (!anew && (await docker.inspectImage(BASE))) return;
  log(`Pulling ${BASE}`);
  await docker.pullImage(PULLED_BASE.repository, PULLED_BASE.tag, signal).catch((cause) => {
    throw new DockerError(`no registry gives "${BASE}": ${messageOf(cause)}`);
  });
}

/** By apt, in a container that is committed and thrown away. */
export async function buildOnBase(given: ImageGiven): Promise<void> {
  const { packages = PACKAGES } = given;
  given.log(`Installing ${packages.length} packages`);
  await buildImageFrom(given, BASE, installing(packages), { ...partsOf(given.reference), labels: imageLabels(new Date()) });
}

const BASE = `${PULLED_BASE.repository}:${PULLED_BASE.tag}`;

const installing = (
  packages: readonly string[],
): string => `${APT_OPTIONS.map((option) => `echo '${option};' >> /etc/apt/apt.conf.d/99clarateach`).join("\n")}
${DPKG_OPTIONS.map((option) => `echo '${option}' >> /etc/dpkg/dpkg.cfg.d/clarateach`).join("\n")}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq -o APT::Update::Error-Mode=any
apt-get upgrade -y -qq > /dev/null
apt-get install -y -qq --no-install-recommends ${packages.join(" ")} > /dev/null
${FINISH}`;

/** A root file system's tar file as the image. */
export async function importTar(docker: DockerClient, file: string, reference: string): Promise<void> {
  const { repository, tag } = partsOf(reference);
  const labels = imageLabels((await stat(file)).mtime).map((label) => `LABEL ${label}`);
  await docker.importImage(createReadStream(file), repository, tag, labels);
}

/** @param name that it was looked for by */
export const seatImage = (name: string, { Config, Created }: ImageInfo): SeatImage => ({
  name,
  madeAt: Config?.Labels?.[MADE_LABEL] ?? Created,
});

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
