import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Entry, entriesOf } from "../../../contract/definitions.ts";
import { Problem } from "../../../contract/errors.ts";
import { BUILT_IN_SDKS } from "../../../definition/builtin/built-in.ts";
import type { SdkContent, SdkFile, SdkLink } from "../../../definition/content.ts";
import type { SdkName } from "../../../definition/listed.ts";
import { filesOf } from "../../../definition/project-sdk.ts";
import { readSdk } from "../../../definition/sdk.ts";
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
    return this.#inTurn(sdk, () =>
      sdk.source === "project" ? this.#haveOnce(sdk, archive, how) : this.#have(sdk, archive, how),
    );
  }

  /** One after the other: an archive of some kB may hold 256 MiB, and ten seats that start together would each have them in memory. */
  #inTurn<T>({ source }: SdkName, read: () => Promise<T>): Promise<T> {
    if (source !== "project") return read();
    const reading = this.#reading.then(read);
    this.#reading = reading.catch(() => {});
    return reading;
  }

  async #haveOnce(sdk: SdkName, archive: string | undefined, how: HaveOptions): Promise<ListedTree> {
    how.signal.throwIfAborted();
    const key = keyOf(sdk, archive);
    const known = this.#known.get(key);
    if (known && existsSync(known.directory)) return known;
    const tree = await this.#have(sdk, archive, how);
    this.#known.set(key, tree);
    return tree;
  }

  async #have(sdk: SdkName, archive: string | undefined, how: HaveOptions): Promise<ListedTree> {
    return { ...(await this.#storeOf(sdk).have(await this.#contentOf(sdk, archive, how.signal), how)), source: sdk.source };
  }

  #storeOf = ({ source }: SdkName): SdkStore => (source === "project" ? this.project : this.store);

  /** All of a list, in its order. */
  async all({ sdks, archive }: SdkList, signal: AbortSignal): Promise<ListedTree[]> {
    const trees: ListedTree[] = [];
    for (const sdk of sdks) trees.push(await this.have(sdk, archive, { signal }));
    return trees;
  }

  /** As `all`, without making anything: what isn't there yet has the directory that it will have. */
  async look({ sdks, archive }: SdkList, signal: AbortSignal): Promise<ListedTree[]> {
    const trees: ListedTree[] = [];
    for (const sdk of sdks) trees.push(await this.#inTurn(sdk, () => this.#look(sdk, archive, signal)));
    return trees;
  }

  async #look(sdk: SdkName, archive: string | undefined, signal: AbortSignal): Promise<ListedTree> {
    const known = this.#known.get(keyOf(sdk, archive));
    return known ?? { ...this.#storeOf(sdk).treeOf(await this.#contentOf(sdk, archive, signal)), source: sdk.source };
  }

  /** The sdk.yaml of one that came with a definition. @throws Problem when it isn't there */
  definition(sdk: SdkName, archive: string | undefined, signal: AbortSignal): Promise<string> {
    return this.#inTurn(sdk, async () => {
      const directory = this.#known.get(keyOf(sdk, archive))?.directory;
      if (directory !== undefined && existsSync(directory)) return readFile(join(directory, SDK_FILE), "utf8");
      const { files } = await this.#contentOf(sdk, archive, signal);
      return textOf(files);
    });
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

const keyOf = ({ name }: SdkName, archive: string | undefined): string => `${archive} ${name}`;

/** Its few small files are held in memory: a definition's archive is bounded. */
async function projectContent(name: string, path: string, signal: AbortSignal): Promise<SdkContent> {
  const files: SdkFile[] = [];
  const links: SdkLink[] = [];
  for await (const entry of filesOf(entriesOf({ path, name: "the definition's archive" }, signal), name)) {
    if (entry.kind === "file") files.push({ path: entry.path, mode: entry.mode, content: await bytesOf(entry) });
    else if (entry.kind === "symlink") links.push({ path: entry.path, target: entry.target });
  }
  requireOurArchitecture(name, textOf(files));
  return { name, files, links, packages: [] };
}

const SDK_FILE = "sdk.yaml";
const textOf = (files: readonly SdkFile[]): string => String(files.find(({ path }) => path === SDK_FILE)?.content ?? "");

/** As SDKs call what `process.arch` says. */
const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "amd64";

/** @throws Problem `INVALID_INPUT` for an SDK of programs that can't run on this machine */
function requireOurArchitecture(name: string, text: string): void {
  const read = readSdk(text, name);
  const architecture = (!read.problems && read.value.architecture) || "all";
  if (architecture === "all" || architecture === ARCHITECTURE) return;
  throw new Problem(
    "INVALID_INPUT",
    `The SDK project-${name} is for ${architecture}, and this machine is ${ARCHITECTURE}. Take a machine of that kind, or an SDK for this one.`,
  );
}

async function bytesOf(entry: Entry): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}
