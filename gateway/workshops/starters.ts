import { Problem } from "../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";
import { inspectStarter } from "../../agent/contract/starters.ts";
import type { StarterView } from "../../views/workshop.ts";
import { KeptFiles } from "./kept-files.ts";

/** Starter files that were uploaded. */
export class Starters extends KeptFiles {
  constructor(directory: string) {
    super(directory, UPLOAD_LIMIT, `Starter files may have ${UPLOAD_LIMIT / 1024 ** 2} MB. Make the archive smaller.`);
  }

  /** @throws INVALID_INPUT for what the seats could not unpack, TOO_LARGE */
  async keep(name: string, body: ReadableStream<Uint8Array>): Promise<StarterView> {
    return this.take(body, async ({ path, head }) => {
      const kind = kindOf(head);
      if (!kind) throw new Problem("INVALID_INPUT", `${name} is no .zip, .tar or .tar.gz: pack the files again as one of these.`);
      const { files } = await inspectStarter({ archive: path, name });
      return { name: withEnding(name, kind), files };
    });
  }
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
