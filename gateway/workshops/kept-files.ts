import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../agent/contract/errors.ts";

/** A tar's magic stands at byte 257. */
const HEAD_BYTES = 264;

/** A file while it is looked at, before it is kept. */
export interface Arrived {
  path: string;
  /** Its first bytes. */
  head: Buffer;
}

/** Files under the digest of their bytes: `DIRECTORY/<sha256>`. */
export class KeptFiles {
  /** @param limit bytes of one @param tooLarge the sentence for more */
  constructor(
    private readonly directory: string,
    private readonly limit: number,
    private readonly tooLarge: string,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  path(digest: string): string {
    return join(this.directory, digest);
  }

  /** Streams it to the disk; what `look` throws is not kept. @throws TOO_LARGE */
  async take<T>(
    body: AsyncIterable<Uint8Array>,
    look: (file: Arrived) => Promise<T>,
  ): Promise<T & { digest: string; bytes: number }> {
    const part = join(this.directory, `${crypto.randomUUID()}.part`);
    try {
      const file = await open(part, "wx", 0o600);
      const { digest, bytes, head } = await this.#copy(body, file).finally(() => file.close());
      const seen = await look({ path: part, head });
      await rename(part, this.path(digest));
      return { ...seen, digest, bytes };
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

  async #copy(body: AsyncIterable<Uint8Array>, file: FileHandle) {
    const hash = createHash("sha256");
    let bytes = 0;
    let head = Buffer.alloc(0);
    for await (const part of body) {
      bytes += part.length;
      if (bytes > this.limit) throw new Problem("TOO_LARGE", this.tooLarge);
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, part]).subarray(0, HEAD_BYTES);
      hash.update(part);
      await file.writeFile(part);
    }
    return { digest: hash.digest("hex"), bytes, head };
  }
}
