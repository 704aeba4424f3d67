import { createHash } from "node:crypto";
import type { Entry } from "../contract/definitions.ts";
import type { PlacedProblem } from "../contract/errors.ts";
import { staysInside } from "../contract/links.ts";
import type { TreeEntry } from "./digest.ts";
import { HOOK_LIMIT, HOOKS, hookProblems, isHook } from "./hooks.ts";
import { isSdkName, SDK_NAME_SHAPE } from "./names.ts";
import { quoted } from "./problems.ts";
import { readSdk, type Sdk } from "./sdk.ts";

const PREFIX = "project-";

/** Far more than a template has; ten thousand paths of a thousand folders each are looked through for a minute and a half. */
const DEPTH_LIMIT = 32;

/** An SDK that came with a definition. Its files are read again with `filesOf`. */
export interface ProjectSdk {
  /** Undefined: its sdk.yaml has problems. */
  sdk?: Sdk;
  /** From its folder on; with permissions as `filesOf` gives them. */
  tree: TreeEntry[];
}

/** One folder `project-…` of an archive while it is looked through. */
export class ProjectFolder {
  readonly problems: PlacedProblem[] = [];
  readonly #tree = new Map<string, TreeEntry>();
  #sdk: Sdk | undefined;

  /** @param folder its whole name */
  constructor(readonly folder: string) {
    if (!isSdkName(this.name))
      this.#refuse("", `The folder is called ${quoted(folder)}. After “${PREFIX}” comes the SDK's name: ${SDK_NAME_SHAPE}.`);
  }

  get name(): string {
    return this.folder.slice(PREFIX.length);
  }

  /** @param path from the folder on; empty: the folder itself */
  async take(path: string, entry: Entry): Promise<void> {
    if (path === "") {
      if (entry.kind !== "directory") this.#refuse("", `${quoted(this.folder)} has to be a folder with an sdk.yaml.`);
      return;
    }
    if (this.#tree.has(path) && entry.kind === "directory" && this.#tree.get(path)?.type === "directory") return;
    if (this.#tree.has(path)) return this.#refuse(path, "This is in the archive twice. Pack it once.");
    const problem = kindProblem(path, entry);
    if (problem) return this.#refuse(path, problem);
    const text = await this.#enter(path, entry);
    if (path === "sdk.yaml") this.#readSdk(text);
    else if (path.startsWith("hooks/")) this.#readHook(path, entry, text);
  }

  /** What only the whole folder tells. */
  end(): ProjectSdk {
    if (!this.#tree.has("sdk.yaml") && isSdkName(this.name))
      this.#refuse("sdk.yaml", `The folder ${this.folder} has no sdk.yaml. Write one with a line “name: ${this.name}”.`);
    for (const path of this.#tree.keys()) {
      const above = parentsOf(path).find((parent) => (this.#tree.get(parent)?.type ?? "directory") !== "directory");
      if (above) this.#refuse(path, `${quoted(above)} is no folder, so that nothing can lie in it.`);
    }
    const broken = this.problems.length > 0;
    return { ...(this.#sdk && !broken && { sdk: this.#sdk }), tree: [...this.#tree.values()] };
  }

  /** @returns the text of a file that is read as such; `undefined` when it is none, which is said then */
  async #enter(path: string, entry: Entry): Promise<string | undefined> {
    const common = { path, mode: modeOf(entry) };
    if (entry.kind === "directory" || entry.kind === "symlink") {
      this.#tree.set(
        path,
        entry.kind === "symlink" ? { ...common, type: "symlink", target: entry.target } : { ...common, type: "directory" },
      );
      return undefined;
    }
    const isText = path === "sdk.yaml" || path.startsWith("hooks/");
    const { digest, text } = await readText(entry, isText ? textLimit(path) : 0);
    this.#tree.set(path, { ...common, type: "file", digest });
    if (isText && typeof text !== "string") this.#refuse(path, text.why);
    return typeof text === "string" ? text : undefined;
  }

  #readSdk(text: string | undefined): void {
    if (text === undefined) return;
    const read = readSdk(text, this.name);
    if (read.problems) this.problems.push(...read.problems);
    else this.#sdk = read.value;
  }

  #readHook(path: string, entry: Entry, text: string | undefined): undefined {
    const name = path.slice("hooks/".length);
    if (!isHook(name))
      return this.#refuse(
        path,
        `There is no hook ${quoted(name)}. Hooks are ${HOOKS.join(", ")}; put other files beside “hooks”.`,
      );
    if (entry.kind !== "file") return this.#refuse(path, "A hook has to be a file.");
    if (text === undefined) return;
    const read = hookProblems(text, `${this.folder}/${path}`).read(text);
    this.problems.push(...(read.problems ?? []));
  }

  #refuse(path: string, message: string): undefined {
    this.problems.push({ path: path === "" ? this.folder : `${this.folder}/${path}`, line: 1, column: 1, message });
  }
}

/** The name of its folder and the path in there, if an entry belongs to an SDK. */
export function placeOf(path: string): { folder: string; inside: string } | undefined {
  if (!path.startsWith(PREFIX)) return undefined;
  const slash = path.indexOf("/");
  return slash < 0 ? { folder: path, inside: "" } : { folder: path.slice(0, slash), inside: path.slice(slash + 1) };
}

/**
 * What whoever unpacks an SDK makes of it: paths from its folder on, files readable by everyone and writable by nobody else.
 * @param entries of its definition (contract/definitions.ts)
 */
export async function* filesOf(entries: AsyncIterable<Entry>, name: string): AsyncGenerator<Entry> {
  for await (const entry of entries) {
    const place = placeOf(entry.path);
    if (place?.folder === PREFIX + name && place.inside !== "") yield { ...entry, path: place.inside, mode: modeOf(entry) };
  }
}

/** The same whoever packed it: a umask, or a program without permissions, makes no other SDK. */
const modeOf = ({ kind, mode }: Entry): number => (kind === "file" && (mode & 0o111) === 0 ? 0o644 : 0o755);

function kindProblem(path: string, { kind, target }: Entry): string | undefined {
  const depth = path.split("/").length - 1;
  if (depth > DEPTH_LIMIT) return `This lies ${depth} folders deep; ${DEPTH_LIMIT} are the most. Let a hook make what is deeper.`;
  if (kind === "special") return "This is neither a file nor a folder nor a link. Leave it out.";
  if (kind === "hardlink") return "This is a second name of another file (a hard link). Pack it as a file of its own.";
  if (kind === "symlink" && !staysInside(path, target))
    return `This is a link to ${quoted(target)}, out of the SDK's folder. Pack the file itself.`;
  return undefined;
}

/** A hundred plugs and slots have some 20 kB. Parsing this much takes a tenth of a second at worst, and there are fifty. */
const SDK_LIMIT = 32 * 1024;

const textLimit = (path: string): number => (path === "sdk.yaml" ? SDK_LIMIT : HOOK_LIMIT);

/** A file's digest, and its text if it has no more bytes than the limit. @param limit 0: no text is asked for */
export async function readText(entry: Entry, limit: number): Promise<{ digest: string; text: string | { why: string } }> {
  const hash = createHash("sha256");
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of entry.read()) {
    hash.update(part);
    size += part.length;
    if (size <= limit) parts.push(part);
  }
  return { digest: hash.digest("hex"), text: size > limit ? { why: tooLong(size, limit) } : decoded(Buffer.concat(parts)) };
}

const tooLong = (size: number, limit: number): string =>
  `The file has ${size} bytes; ${limit} are the most. Move what is long into a file beside it.`;

function decoded(bytes: Buffer): string | { why: string } {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { why: "This is no text in UTF-8. Save it as UTF-8." };
  }
}

const parentsOf = (path: string): string[] => {
  const parts = path.split("/");
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
};
