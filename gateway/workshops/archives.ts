import { mkdirSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** `DATA/archives/ws-abc123.zip`: what is left of a workshop's work, for a while. */
export class Archives {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  path(workshop: string): string {
    return join(this.directory, `${workshop}.zip`);
  }

  /** Takes the whole stream, then its name: half an archive is never one. @returns bytes */
  async write(workshop: string, stream: ReadableStream<Uint8Array>): Promise<number> {
    const part = `${this.path(workshop)}.${crypto.randomUUID()}.part`;
    try {
      const file = await open(part, "wx", 0o600);
      try {
        for await (const bytes of stream) await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, this.path(workshop));
      return (await stat(this.path(workshop))).size;
    } finally {
      await rm(part, { force: true });
    }
  }

  async remove(workshop: string): Promise<void> {
    await rm(this.path(workshop), { force: true });
  }
}
