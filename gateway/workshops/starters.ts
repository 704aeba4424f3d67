import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";
import { inspectStarter } from "../../agent/contract/starters.ts";
import type { StarterView } from "../../views/workshop.ts";

/** A tar's magic stands at byte 257. */
const HEAD_BYTES = 264;

/** Starter files that were uploaded, by their digest: `DATA/starters/<sha256>`. */
export class Starters {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  path(digest: string): string {
    return join(this.directory, digest);
  }

  /** Streams it to the disk and looks it through. @throws INVALID_INPUT for what the seats could not unpack, TOO_LARGE */
  async take(name: string, body: ReadableStream<Uint8Array>): Promise<StarterView> {
    const part = join(this.directory, `${crypto.randomUUID()}.part`);
    try {
      const file = await open(part, "wx", 0o600);
      const { digest, bytes, head } = await copy(body, file).finally(() => file.close());
      const kind = kindOf(head);
      if (!kind) throw new Problem("INVALID_INPUT", `${name} is no .zip, .tar or .tar.gz: pack the files again as one of these.`);
      const { files } = await inspectStarter({ archive: part, name });
      await rename(part, this.path(digest));
      return { name: withEnding(name, kind), bytes, digest, files };
    } finally {
      await rm(part, { force: true });
    }
  }

  /** Deletes what isn't `used` and older than `before` (milliseconds since 1970), halves of uploads too. */
  async removeOthers(used: ReadonlySet<string>, before: number): Promise<void> {
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (!used.has(name) && (await stat(path)).mtimeMs < before) await rm(path, { force: true });
    }
  }
}

async function copy(body: ReadableStream<Uint8Array>, file: FileHandle) {
  const hash = createHash("sha256");
  let bytes = 0;
  let head = Buffer.alloc(0);
  for await (const part of body) {
    bytes += part.length;
    if (bytes > UPLOAD_LIMIT)
      throw new Problem("TOO_LARGE", `Starter files may have ${UPLOAD_LIMIT / 1024 ** 2} MB. Make the archive smaller.`);
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, part]).subarray(0, HEAD_BYTES);
    hash.update(part);
    await file.writeFile(part);
  }
  return { digest: hash.digest("hex"), bytes, head };
}

/** Why the seats could not unpack a file, so that a form can refuse it before anything is made; undefined when they can. */
export async function starterProblem({ path, name }: { path: string; name: string }): Promise<string | undefined> {
  try {
    await inspectStarter({ archive: path, name });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.message;
    throw thrown;
  }
}

type Kind = ".zip" | ".tar" | ".tar.gz";

function kindOf(head: Buffer): Kind | undefined {
  if (head.subarray(0, 4).equals(Buffer.from("PK\x03\x04"))) return ".zip";
  if (head[0] === 0x1f && head[1] === 0x8b) return ".tar.gz";
  return head.subarray(257, 262).toString("latin1") === "ustar" ? ".tar" : undefined;
}

/** The agent unpacks by the name's ending, so that it says what the bytes are. */
function withEnding(name: string, kind: Kind): string {
  const plain = name.replace(/[\p{C}/\\]+/gu, "").slice(-100) || `starter${kind}`;
  const fits = kind === ".tar.gz" ? /\.(tar\.gz|tgz)$/i : new RegExp(`\\${kind}$`, "i");
  return fits.test(plain) ? plain : plain + kind;
}
