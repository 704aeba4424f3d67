import { Problem } from "../../../contract/errors.ts";
import { type LayerContent, type LayerKey, layerKeys } from "../../../definition/digest.ts";
import type { Labels } from "../client/types.ts";

/** Every layer has this name, and a tag of its own. */
export const LAYER_REPOSITORY = "clarateach/layer";
/** The whole key: a tag has the beginning of it. A builder and its layer's containers inherit it. */
export const KEY_LABEL = "clarateach.layer";
const BASE_LABEL = "clarateach.layer.base";
const SDKS_LABEL = "clarateach.layer.sdks";

/** Docker has 125 at most; a learner's own container and what people make by hand want some. */
const DEPTH_LIMIT = 120;

/** What a machine's disk has, or will have: one after each SDK. */
export interface Layer extends LayerKey {
  tag: string;
  /** All that it is made of, to be read again: images are the only list of layers that there is. */
  labels: Labels;
}

/** First to last; the last one is what seats are made from. */
export const layersOf = (content: LayerContent): Layer[] =>
  layerKeys(content).map(({ key, name }, i) => {
    const sdks = content.sdks.slice(0, i + 1);
    const base = `${content.base.name} ${content.base.imageId}`;
    return { key, name, tag: name, labels: { [KEY_LABEL]: key, [BASE_LABEL]: base, [SDKS_LABEL]: written(sdks) } };
  });

export const referenceOf = ({ tag }: Pick<Layer, "tag">): string => `${LAYER_REPOSITORY}:${tag}`;

/** A name has the beginning of a key: the whole one tells whether it is the layer that is meant. */
export const isLayer = ({ key }: Layer, labels: Labels | null | undefined): boolean => labels?.[KEY_LABEL] === key;

/** The keys of a layer and of all below it; none when it isn't one of ours. */
export function keysBelow(labels: Labels | null): string[] {
  const content = contentIn(labels ?? {});
  return content ? layerKeys(content).map(({ key }) => key) : [];
}

/** Id of the image that a layer stands on at last. */
export const baseOf = (labels: Labels | null): string | undefined => contentIn(labels ?? {})?.base.imageId;

/** @param below layers of the base image @throws Problem `INVALID_INPUT` before anything is built */
export function checkDepth(below: number, sdks: number): void {
  if (below + sdks <= DEPTH_LIMIT) return;
  throw new Problem(
    "INVALID_INPUT",
    `The image has ${below} layers and the definition ${sdks} SDKs, each of which is one more: ${DEPTH_LIMIT} are the most. Put several SDKs into one, or make the image anew.`,
  );
}

const written = (sdks: LayerContent["sdks"]): string =>
  sdks.map(({ source, name, digest }) => `${source}:${name}:${digest}`).join(",");

function contentIn(labels: Labels): LayerContent | undefined {
  const [name, imageId] = labels[BASE_LABEL]?.split(" ") ?? [];
  const list = labels[SDKS_LABEL];
  if (name === undefined || imageId === undefined || list === undefined) return undefined;
  const sdks = list.split(",").map((one) => {
    const [source = "", sdk = "", digest = ""] = one.split(":");
    return { source, name: sdk, digest };
  });
  return { base: { name, imageId }, sdks } as LayerContent;
}
