import { Problem } from "../contract/errors.ts";
import { EDITOR_LIMIT, type FileContent } from "../contract/files.ts";
import { piecesOf } from "./bytes.ts";
import type { Descriptor } from "./descriptors.ts";
import { versionOfHash } from "./version.ts";

/** A file for the editor: text where it is UTF-8 without NUL, base64 otherwise. @throws Problem TOO_LARGE over `EDITOR_LIMIT` */
export async function readContent(file: Descriptor, shown: string): Promise<FileContent> {
  const { size } = file.stat();
  if (size > EDITOR_LIMIT) throw tooLarge(shown, size);
  const hash = new Bun.CryptoHasher("sha256");
  const pieces: Buffer[] = [];
  // One byte more than allowed: it may have grown since.
  for await (const piece of piecesOf(file, 0, EDITOR_LIMIT + 1)) {
    hash.update(piece);
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  if (bytes.length > EDITOR_LIMIT) throw tooLarge(shown, BigInt(bytes.length));
  return { ...encode(bytes), version: versionOfHash(hash) };
}

function encode(bytes: Buffer): Pick<FileContent, "content" | "encoding"> {
  try {
    if (bytes.includes(0)) return { content: bytes.toString("base64"), encoding: "base64" };
    return { content: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    return { content: bytes.toString("base64"), encoding: "base64" };
  }
}

function tooLarge(shown: string, size: bigint): Problem {
  const megabytes = (Number(size) / 2 ** 20).toFixed(1);
  return new Problem(
    "TOO_LARGE",
    `"${shown}" has ${megabytes} MB; the editor opens files up to ${EDITOR_LIMIT / 2 ** 20} MB. Download it, or look at it in the terminal.`,
  );
}
