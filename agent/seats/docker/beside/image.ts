import { Problem } from "../../../contract/errors.ts";
import type { DockerClient } from "../client/client.ts";
import { namesRegistry, partsOf } from "../image/image.ts";

/**
 * There already is fine; one that names its registry is pulled.
 * @returns its id @throws Problem `UNAVAILABLE` saying how to get it
 */
export async function haveBesideImage(docker: DockerClient, image: string, signal: AbortSignal): Promise<string> {
  const there = await docker.inspectImage(image);
  if (there) return there.Id;
  if (!namesRegistry(image)) throw absent(image, "its name has no registry from which it could be pulled");
  const { repository, tag } = partsOf(image);
  await docker.pullImage(repository, tag, signal).catch((cause) => {
    signal.throwIfAborted();
    throw absent(image, cause instanceof Error ? cause.message : String(cause));
  });
  const pulled = await docker.inspectImage(image);
  if (!pulled) throw absent(image, "it was pulled, and Docker doesn't know it by that name");
  return pulled.Id;
}

const absent = (image: string, why: string): Problem =>
  new Problem("UNAVAILABLE", `The image "${image}" of live video isn't on this machine: ${why}. ${BESIDE_IMAGE_REMEDY}.`);

export const BESIDE_IMAGE_REMEDY =
  "Build it there, or bring it by docker load (provision/image/neko/README.md), or let CLARATEACH_NEKO_IMAGE name one of a registry";
