import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { open as openZip } from "yauzl";
import { Problem } from "../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";
import type { StarterView } from "./view.ts";

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

  /** Streams it to the disk. @throws INVALID_INPUT for what is no archive, TOO_LARGE */
  async take(name: string, body: ReadableStream<Uint8Array>): Promise<StarterView> {
    const part = join(this.directory, `${crypto.randomUUID()}.part`);
    try {
      const file = await open(part, "wx", 0o600);
      const { digest, bytes, head } = await copy(body, file).finally(() => file.close());
      const kind = kindOf(head);
      if (!kind) throw new Problem("INVALID_INPUT", `“${name}” is not an archive. Starter files come as .zip, .tar or .tar.gz.`);
      const files = kind === ".zip" ? await countZip(part) : undefined;
      await rename(part, this.path(digest));
      return { name: withEnding(name, kind), bytes, digest, ...(files !== undefined && { files }) };
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

/** Whether a file's first bytes are an archive's: so that a form can refuse it before anything is made. */
export const isArchive = async (file: Blob): Promise<boolean> =>
  kindOf(Buffer.from(await file.slice(0, HEAD_BYTES).arrayBuffer())) !== undefined;

type Kind = ".zip" | ".tar" | ".tar.gz";

function kindOf(head: Buffer): Kind | undefined {
  if (head.subarray(0, 4).equals(Buffer.from("PK\x03\x04"))) return ".zip";
  if (head[0] === 0x1f && head[1] === 0x8b) return ".tar.gz";
  return head.subarray(257, 262).toString("latin1") === "ustar" ? ".tar" : undefined;
}

/** Entries by its directory; a zip that can't be read is the machine's to refuse, with the reason. */
function countZip(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    openZip(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      resolve(error ? undefined : zip.entryCount);
      zip?.close();
    });
  });
}

/** The agent unpacks by the name's ending, so that it says what the bytes are. */
function withEnding(name: string, kind: Kind): string {
  const plain = name.replace(/[\p{C}/\\]+/gu, "").slice(-100) || `starter${kind}`;
  const fits = kind === ".tar.gz" ? /\.(tar\.gz|tgz)$/i : new RegExp(`\\${kind}$`, "i");
  return fits.test(plain) ? plain : plain + kind;
}
