import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../contract/errors.ts";

const DIGEST = /^[0-9a-f]{64}$/;

/** Archives that the gateway sends before the document that names them, each under the digest of its bytes. */
export interface KeptArchives {
  /** Where the bytes of one are, or will be. @throws Problem INVALID_INPUT for what isn't a digest */
  path(digest: string): string;
  /** `PUT /v1/…/:digest`. @throws Problem INVALID_INPUT when the bytes have another digest, TOO_LARGE */
  put(digest: string, request: Request): Promise<Response>;
}

/** @param directory of this kind alone, below the machine's @param limit bytes @param what in a sentence: `starter archive` */
export function openKeptArchives(directory: string, limit: number, what: string): KeptArchives {
  const path = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new Problem("INVALID_INPUT", `"${digest.slice(0, 100)}" is not a SHA-256 in 64 hex digits`);
    return join(directory, digest);
  };
  return {
    path,
    put: async (digest, request) => {
      const at = path(digest);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (!existsSync(at)) await receive(at, digest, request, { limit, what });
      return new Response(null, { status: 204 });
    },
  };
}

interface Kind {
  limit: number;
  what: string;
}

async function receive(path: string, digest: string, request: Request, kind: Kind): Promise<void> {
  const unfinished = `${path}.${crypto.randomUUID()}`;
  try {
    const found = await store(unfinished, request, kind);
    if (found !== digest)
      throw new Problem("INVALID_INPUT", `the ${kind.what}'s SHA-256 is ${found}, not ${digest}: send it again`);
    await rename(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** @returns the digest of what came */
async function store(path: string, request: Request, { limit, what }: Kind): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  let size = 0;
  try {
    for await (const piece of request.body ?? []) {
      size += piece.length;
      if (size > limit) throw new Problem("TOO_LARGE", `the ${what} is larger than ${limit / 2 ** 20} MiB`);
      hash.update(piece);
      await file.write(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}
