import { existsSync } from "node:fs";
import { type Entry, entriesOf } from "../../../contract/definitions.ts";
import { Problem } from "../../../contract/errors.ts";
import { BUILT_IN_SDKS } from "../../../definition/builtin/built-in.ts";
import type { SdkContent, SdkFile, SdkLink } from "../../../definition/content.ts";
import type { SdkName } from "../../../definition/listed.ts";
import { filesOf } from "../../../definition/project-sdk.ts";
import type { HaveOptions, SdkStore, SdkTree } from "../../sdks/store.ts";
import type { SdkList } from "../request.ts";

/** An SDK's directory on this computer, and where it came from. */
export interface ListedTree extends SdkTree {
  source: SdkName["source"];
}

/** Directories of the agent's own SDKs, and of those that came with a definition. */
export class Trees {
  /** Of archives, by archive and SDK: those were read once. */
  readonly #known = new Map<string, ListedTree>();
  #reading: Promise<unknown> = Promise.resolve();

  /**
   * @param store of the agent's own @param project of those that came with a definition: the machine's, so that they go with it
   * @param archivePath where a definition's archive is, by its digest
   */
  constructor(
    private readonly store: SdkStore,
    private readonly project: SdkStore,
    private readonly archivePath: ((digest: string) => string) | undefined,
  ) {}

  /** There already is fine, and quick. @throws Problem naming what couldn't be fetched or read */
  async have(sdk: SdkName, archive: string | undefined, how: HaveOptions): Promise<ListedTree> {
    if (sdk.source !== "project") return this.#have(sdk, archive, how);
    // One after the other: an archive of some kB may hold 256 MiB, and ten seats that start together would each have them in memory.
    const reading = this.#reading.then(() => this.#haveOnce(sdk, archive, how));
    this.#reading = reading.catch(() => {});
    return reading;
  }

  async #haveOnce(sdk: SdkName, archive: string | undefined, how: HaveOptions): Promise<ListedTree> {
    how.signal.throwIfAborted();
    const key = `${archive} ${sdk.name}`;
    const known = this.#known.get(key);
    if (known && existsSync(known.directory)) return known;
    const tree = await this.#have(sdk, archive, how);
    this.#known.set(key, tree);
    return tree;
  }

  async #have(sdk: SdkName, archive: string | undefined, how: HaveOptions): Promise<ListedTree> {
    const store = sdk.source === "project" ? this.project : this.store;
    return { ...(await store.have(await this.#contentOf(sdk, archive, how.signal), how)), source: sdk.source };
  }

  /** All of a list, in its order. */
  async all({ sdks, archive }: SdkList, signal: AbortSignal): Promise<ListedTree[]> {
    const trees: ListedTree[] = [];
    for (const sdk of sdks) trees.push(await this.have(sdk, archive, { signal }));
    return trees;
  }

  async #contentOf({ name, source }: SdkName, archive: string | undefined, signal: AbortSignal): Promise<SdkContent> {
    if (source === "project") return projectContent(name, this.#pathOf(name, archive), signal);
    const own = BUILT_IN_SDKS.find((one) => one.name === name);
    if (own) return own;
    throw new Problem(
      "INVALID_INPUT",
      `This release has no SDK "${name}". It has ${BUILT_IN_SDKS.map((one) => one.name).join(", ")}.`,
    );
  }

  #pathOf(name: string, archive: string | undefined): string {
    if (archive !== undefined && this.archivePath) return this.archivePath(archive);
    throw new Problem("INVALID_INPUT", `The SDK project-${name} came without its files. Send the definition with its folder.`);
  }
}

/** Its few small files are held in memory: a definition's archive is bounded. */
async function projectContent(name: string, path: string, signal: AbortSignal): Promise<SdkContent> {
  const files: SdkFile[] = [];
  const links: SdkLink[] = [];
  for await (const entry of filesOf(entriesOf({ path, name: "the definition's archive" }, signal), name)) {
    if (entry.kind === "file") files.push({ path: entry.path, mode: entry.mode, content: await bytesOf(entry) });
    else if (entry.kind === "symlink") links.push({ path: entry.path, target: entry.target });
  }
  return { name, files, links, packages: [] };
}

async function bytesOf(entry: Entry): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}
