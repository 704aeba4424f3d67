import { createHash } from "node:crypto";
import type { Source } from "./names.ts";
import type { Base } from "./sdk.ts";

/** One thing in an SDK's folder. */
export type TreeEntry = {
  /** From the folder on, with slashes, none at either end. */
  path: string;
  /** Permission bits. */
  mode: number;
} & ({ type: "file"; digest: string } | { type: "directory" } | { type: "symlink"; target: string });

/**
 * What an SDK is: names, kinds, permissions, links and contents (sha256, hex), in any order. Times and owners don't count, so that a
 * file that was only touched builds nothing again.
 */
export function treeDigest(entries: Iterable<TreeEntry>): string {
  const lines = [...entries]
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    .map((entry) => [
      entry.path,
      entry.type,
      entry.mode,
      entry.type === "symlink" ? entry.target : entry.type === "file" ? entry.digest : "",
    ]);
  return sha256(JSON.stringify(lines));
}

/** What a layer is made of. Nothing of one class is in it, so that classes share layers. */
export interface LayerContent {
  base: { name: Base; imageId: string };
  /** In their order, the last one's setup-base made the layer. */
  sdks: readonly { source: Source; name: string; digest: string }[];
}

export interface LayerKey {
  /** The whole sha256, to be compared: a name has 16 digits of it. */
  key: string;
  /** For people and as a tag: the last SDK and the beginning of the key. */
  name: string;
}

/** Raised when layers are built otherwise: older ones are not used again. */
export const FORMAT = 1;

/** Of a key in a layer's name: 2^32 layers before two are likely to share one, and then the keys differ. */
const NAME_DIGITS = 16;

/** The layer after each SDK, first to last: a launch goes on from the last one that exists. */
export const layerKeys = ({ base, sdks }: LayerContent): LayerKey[] =>
  sdks.map((last, i) => {
    const upTo = sdks.slice(0, i + 1).map(({ source, name, digest }) => [source, name, digest]);
    const key = sha256(JSON.stringify([FORMAT, [base.name, base.imageId], upTo]));
    return { key, name: `${last.name}-${key.slice(0, NAME_DIGITS)}` };
  });

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
