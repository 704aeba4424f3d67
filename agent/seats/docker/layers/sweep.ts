import type { DockerClient } from "../client/client.ts";
import type { ImageSummary } from "../client/types.ts";
import { baseOf, KEY_LABEL, keysBelow, LAYER_REPOSITORY } from "./layers.ts";
import { OWN_LABEL } from "./own.ts";
import { ifFree, lastUse } from "./turns.ts";

/** A class that is made again after a mistake in its definition finds most of it built. */
const COOL_DOWN_MS = 60 * 60_000;
const COOL_DOWN = "1h";

/**
 * Removes layers that no container is made from, nor `kept` seats, and that nothing was built from for an hour, or never will be, since their
 * base was made anew; and what a killed agent left of one that it was about to keep.
 * @param kept ids of images that seats are started from again
 */
export async function sweepLayers(docker: DockerClient, kept: readonly string[], now = Date.now()): Promise<void> {
  const layers = (await docker.listImages(KEY_LABEL)).filter(({ RepoTags }) => tagOf(RepoTags) !== undefined);
  const used = new Set([...kept, ...(await docker.listContainers({})).map(({ ImageID }) => ImageID)]);
  const bases = await namedOf(docker, new Set(layers.flatMap(({ Labels }) => baseOf(Labels) ?? [])));
  const mayServe = (layer: ImageSummary) => isYoung(layer, now) && bases.has(baseOf(layer.Labels) ?? "");
  const needed = new Set(layers.filter((layer) => used.has(layer.Id) || mayServe(layer)).flatMap(keysOf));
  const spare = layers.filter(({ Labels }) => !needed.has(Labels?.[KEY_LABEL] ?? ""));
  // From the top: one that others stand on would only lose its name.
  for (const { Labels, RepoTags } of spare.toSorted((a, b) => keysOf(b).length - keysOf(a).length))
    await ifFree(Labels?.[KEY_LABEL] ?? "", async () => void (await docker.removeImage(tagOf(RepoTags) ?? "")));
  await docker.pruneImages(KEY_LABEL, COOL_DOWN, OWN_LABEL);
}

/** Of these images, those that have a name: the others have a successor. */
async function namedOf(docker: DockerClient, images: ReadonlySet<string>): Promise<Set<string>> {
  const found = await Promise.all([...images].map(async (image) => ({ image, info: await docker.inspectImage(image) })));
  return new Set(found.flatMap(({ image, info }) => (info?.RepoTags?.length ? [image] : [])));
}

const keysOf = ({ Labels }: ImageSummary): string[] => keysBelow(Labels);

const tagOf = (tags: readonly string[] | null): string | undefined => tags?.find((tag) => tag.startsWith(`${LAYER_REPOSITORY}:`));

const isYoung = ({ Created, Labels }: ImageSummary, now: number): boolean =>
  now - Math.max(Created * 1000, lastUse(Labels?.[KEY_LABEL] ?? "")) < COOL_DOWN_MS;
