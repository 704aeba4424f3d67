import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import { contentDigest, type PinnedPackage, packagesFor, type SdkContent } from "../../definition/content.ts";
import { download } from "./download.ts";
import { unpackPackage } from "./unpack.ts";

/** An SDK's directory on this computer, read-only for whoever isn't its owner. */
export interface SdkTree {
  name: string;
  /** sha256, hex */
  digest: string;
  /** `<tools>/<name>/<digest>`: whole when it is there. */
  directory: string;
}

export interface HaveOptions {
  signal: AbortSignal;
  /** Bytes that were fetched, of all that have to be; only where something is. */
  progress?(done: number, total: number): void;
}

/** What was begun under this name by somebody who was killed. */
const UNFINISHED = ".new-";
/** Nobody fetches for so long. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/** One directory of SDKs for all machines of a computer: several agents may use and fill it at once. */
export class SdkStore {
  /** @param tools its path  @param registry of npm, as `registryOf` has it */
  constructor(
    private readonly tools: string,
    private readonly registry: string,
  ) {}

  /** Where an SDK is, or will be; asks nobody. */
  treeOf(sdk: SdkContent): SdkTree {
    const digest = contentDigest(sdk);
    return { name: sdk.name, digest, directory: join(this.tools, sdk.name, digest) };
  }

  has = (sdk: SdkContent): boolean => existsSync(this.treeOf(sdk).directory) && this.isOurs(sdk);

  /** Nobody else can have put there, or may put there, what is in its directory; also while that isn't there. */
  isOurs = (sdk: SdkContent): boolean =>
    [this.tools, join(this.tools, sdk.name)].every((directory) => !existsSync(directory) || whyNotOurs(directory) === undefined);

  /**
   * Makes its directory where it isn't there yet; repeatable at any time.
   * @throws Problem that says what couldn't be fetched or written, and what to do; the signal's reason
   */
  async have(sdk: SdkContent, { signal, progress = () => {} }: HaveOptions): Promise<SdkTree> {
    const tree = this.treeOf(sdk);
    const beside = dirname(tree.directory);
    for (const directory of [this.tools, beside]) {
      await makeShared(directory);
      requireOurs(directory);
    }
    if (existsSync(tree.directory)) return tree;
    await sweep(beside);
    const unfinished = join(beside, `${UNFINISHED}${randomBytes(8).toString("hex")}`);
    try {
      await makeShared(unfinished);
      await this.#fill(join(unfinished, "tree"), sdk, signal, progress);
      await takePlace(join(unfinished, "tree"), tree.directory);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return tree;
  }

  async #fill(
    tree: string,
    sdk: SdkContent,
    signal: AbortSignal,
    progress: (done: number, total: number) => void,
  ): Promise<void> {
    await makeShared(tree);
    const packages = packagesFor(sdk);
    const total = packages.reduce((sum, { bytes }) => sum + bytes, 0);
    const report = inSteps(total, (done) => progress(done, total));
    let before = 0;
    for (const one of packages) {
      await this.#fetch(one, tree, signal, (done) => report(before + done));
      before += one.bytes;
    }
    for (const { path, mode, content } of sdk.files) {
      await makeParents(tree, path);
      await writeFile(join(tree, path), content);
      await chmod(join(tree, path), mode & 0o100 ? 0o755 : 0o644);
    }
    for (const { path, target } of sdk.links) {
      await makeParents(tree, path);
      await symlink(target, join(tree, path));
    }
  }

  async #fetch(wanted: PinnedPackage, tree: string, signal: AbortSignal, progress: (done: number) => void): Promise<void> {
    const packed = join(tree, "..", "package.tgz");
    await download(wanted, { registry: this.registry, to: packed, progress, signal });
    const into = join(tree, wanted.into);
    await makeParents(tree, join(wanted.into, "x"));
    await unpackPackage(packed, wanted.name, into, signal);
    await rm(packed);
  }
}

/** Whoever watches is told of each, and a large package comes in thousands of pieces. */
const STEPS = 200;

function inSteps(total: number, tell: (done: number) => void): (done: number) => void {
  let told = -1;
  return (done) => {
    const step = Math.floor((STEPS * done) / total);
    if (step === told) return;
    told = step;
    tell(done);
  };
}

/** Who comes second to the same place throws his own away. */
async function takePlace(made: string, directory: string): Promise<void> {
  // What a power cut leaves under the final name would be taken for whole.
  await Bun.spawn(["sync", "-f", made], { stdio: ["ignore", "ignore", "ignore"] }).exited;
  await rename(made, directory).catch((error: NodeJS.ErrnoException) => {
    if (!existsSync(directory)) throw error;
  });
}

async function sweep(beside: string): Promise<void> {
  for (const name of await readdir(beside)) {
    const path = join(beside, name);
    const since = name.startsWith(UNFINISHED) && (await stat(path).catch(() => undefined))?.mtimeMs;
    if (since && Date.now() - since > FORGOTTEN_MS) await rm(path, { recursive: true, force: true });
  }
}

async function makeParents(tree: string, path: string): Promise<void> {
  const parts = dirname(path)
    .split("/")
    .filter((part) => part !== ".");
  for (const [i] of parts.entries()) await makeShared(join(tree, ...parts.slice(0, i + 1)));
}

/** Root runs what lies there, in other people's seats too: nobody else may put something in its place. @throws Problem `UNAVAILABLE` */
function requireOurs(directory: string): void {
  const why = whyNotOurs(directory);
  if (why === undefined) return;
  throw new Problem(
    "UNAVAILABLE",
    `"${directory}" ${why}: remove it, or set CLARATEACH_TOOLS to another directory, then start again`,
  );
}

function whyNotOurs(directory: string): string | undefined {
  const { mode, uid } = statSync(directory);
  if ((mode & 0o022) !== 0) return "can be written by others than its owner";
  // A user's own is used by root as well: it lies in a directory of his.
  const owners = [0, process.getuid?.(), statSync(dirname(directory)).uid];
  return owners.includes(uid) ? undefined : "belongs to somebody else";
}

/** Whatever the umask: every learner reads it, nobody but us writes. */
async function makeShared(path: string): Promise<void> {
  if (await mkdir(path, { recursive: true })) await chmod(path, 0o755);
}
