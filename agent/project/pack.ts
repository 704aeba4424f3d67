import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";
import { DEFINITION_BYTES_LIMIT, DEFINITION_ENTRIES_LIMIT } from "../contract/definitions.ts";
import { Problem } from "../contract/errors.ts";
import type { ProjectDirectory } from "./open.ts";

/** One is read in one go, and everybody waits for it. */
const FILE_LIMIT = 16 * 1024 ** 2;

/** An SDK of the project's own: its folder there, and how the archive calls it. */
export interface SdkFolder {
  /** From the project's directory on. */
  from: string;
  /** `project-notes` */
  to: string;
}

/**
 * A definition as an archive: the same bytes for the same files, whoever packs them and whenever.
 * @param into a directory of our own @returns its digest, by which it lies in there @throws Problem TOO_LARGE, INVALID_INPUT
 */
export async function packDefinition(
  project: ProjectDirectory,
  text: string,
  folders: readonly SdkFolder[],
  into: string,
): Promise<string> {
  const pack = tar.pack();
  const hash = createHash("sha256");
  const part = join(into, `.part-${crypto.randomUUID()}`);
  try {
    const written = pipeline(pack as never, hashing(hash), createWriteStream(part, { flags: "wx", mode: 0o600 }));
    const filled = fill(pack, project, text, folders).catch((error) => {
      pack.destroy(error);
      throw error;
    });
    await Promise.all([filled, written]);
    const digest = hash.digest("hex");
    await rename(part, join(into, digest));
    return digest;
  } finally {
    await rm(part, { force: true });
  }
}

const hashing = (hash: ReturnType<typeof createHash>) =>
  async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  };

type Pack = ReturnType<typeof tar.pack>;

async function fill(pack: Pack, project: ProjectDirectory, text: string, folders: readonly SdkFolder[]): Promise<void> {
  const room = { entries: 0, bytes: 0 };
  await add(pack, { name: "workshop.yaml", type: "file", mode: 0o644 }, Buffer.from(text));
  for (const { from, to } of folders) await addFolder(from, to);
  pack.finalize();

  async function addFolder(from: string, to: string): Promise<void> {
    await add(pack, { name: to, type: "directory", mode: 0o755 });
    for (const { name, kind } of project.list(from)) {
      if (++room.entries > DEFINITION_ENTRIES_LIMIT) throw tooLarge(from, `more than ${DEFINITION_ENTRIES_LIMIT} files`);
      const [there, here] = [`${from}/${name}`, `${to}/${name}`];
      if (kind === "directory") await addFolder(there, here);
      else if (kind === "link")
        await add(pack, { name: here, type: "symlink", mode: 0o777, linkname: project.linkIn(from, name) });
      else if (kind === "special") await add(pack, { name: here, type: "fifo", mode: 0o644 });
      else await addFile(there, here);
    }
  }

  async function addFile(there: string, here: string): Promise<void> {
    const file = project.read(there, Math.min(FILE_LIMIT, DEFINITION_BYTES_LIMIT - room.bytes));
    // It went away while we looked.
    if (!file) return;
    room.bytes += file.bytes.length;
    await add(pack, { name: here, type: "file", mode: file.mode & 0o111 ? 0o755 : 0o644 }, file.bytes);
  }
}

interface Header {
  name: string;
  type: "file" | "directory" | "symlink" | "fifo";
  mode: number;
  linkname?: string;
}

/** Resolves when it is written: what isn't read yet waits with it. */
function add(pack: Pack, header: Header, bytes?: Uint8Array): Promise<void> {
  return new Promise((done, failed) => {
    const end = (error?: Error | null) => (error ? failed(error) : done());
    const whole = { ...header, uid: 0, gid: 0, mtime: new Date(0) };
    if (bytes) pack.entry(whole, Buffer.from(bytes), end);
    else pack.entry(whole, end);
  });
}

const tooLarge = (folder: string, why: string): Problem =>
  new Problem(
    "TOO_LARGE",
    `“${folder}” has ${why}. An SDK's folder has its hooks and templates; let a hook fetch what is large.`,
  );
