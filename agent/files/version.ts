import type { BigIntStats } from "node:fs";
import { EDITOR_LIMIT } from "../contract/files.ts";
import { piecesOf } from "./bytes.ts";
import type { Descriptor } from "./descriptors.ts";

/** 132 bits: as good as unique. */
const HASH_CHARACTERS = 22;

/**
 * Of a file the editor opens, a hash of its content: two writes within one tick of the file system's clock differ, and `touch` or a
 * checkout of the same content is no conflict. Of a larger one, which is only sent whole, what the file system says of it.
 */
export async function versionOf(file: Descriptor): Promise<string> {
  const stats = file.stat();
  if (stats.size > EDITOR_LIMIT) return versionBySize(stats);
  const hash = new Bun.CryptoHasher("sha256");
  for await (const piece of piecesOf(file, 0, EDITOR_LIMIT)) hash.update(piece);
  return versionOfHash(hash);
}

export function versionOfHash(hash: Bun.CryptoHasher): string {
  return hash.digest("base64url").slice(0, HASH_CHARACTERS);
}

export function versionBySize({ dev, ino, mtimeNs, size }: BigIntStats): string {
  return `l-${[dev, ino, mtimeNs, size].map((part) => part.toString(36)).join("-")}`;
}

export const etag = (version: string): string => `"${version}"`;

/** Does `If-Match` or `If-None-Match` name this version? Weak tags never do: they may not be used for saving. */
export function names(header: string, version: string): boolean {
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim() === etag(version));
}
