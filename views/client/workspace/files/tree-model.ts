import { type FileEntry, WORKSPACE } from "../../../../agent/contract/files.ts";
import { folderOf, within } from "./paths.ts";

/** As people read: A beside a, 2 before 10. */
const order = new Intl.Collator("en", { numeric: true });

export interface Row {
  entry: FileEntry;
  /** From 1, as readers aloud count. */
  level: number;
  expanded: boolean;
  at: number;
  of: number;
}

/** What is known of the seat's folders: listings as they came, and which are expanded. Knows no page. */
export class TreeModel {
  readonly #listings = new Map<string, { files: FileEntry[]; total: number }>();
  readonly #expanded = new Set<string>([WORKSPACE]);

  set(folder: string, files: FileEntry[], total = files.length): void {
    const gone = new Set(
      this.#listings
        .get(folder)
        ?.files.filter((entry) => entry.is_directory)
        .map((entry) => entry.path),
    );
    for (const entry of files) gone.delete(entry.path);
    for (const path of gone) this.forget(path);
    const sorted = files.toSorted((a, b) => Number(b.is_directory) - Number(a.is_directory) || order.compare(a.name, b.name));
    this.#listings.set(folder, { files: sorted, total });
  }

  /** A folder that is no longer there, and all below it. */
  forget(folder: string): void {
    for (const path of [...this.#listings.keys()]) if (within(path, folder)) this.#listings.delete(path);
    for (const path of [...this.#expanded]) if (within(path, folder) && path !== WORKSPACE) this.#expanded.delete(path);
  }

  expand(folder: string): void {
    this.#expanded.add(folder);
  }

  collapse(folder: string): void {
    this.#expanded.delete(folder);
  }

  isExpanded(folder: string): boolean {
    return this.#expanded.has(folder);
  }

  isListed(folder: string): boolean {
    return this.#listings.has(folder);
  }

  /** The folders one sees into: what is watched. */
  expanded(): string[] {
    return [...this.#expanded].filter((path) => this.#seen(path));
  }

  #seen(path: string): boolean {
    return path === WORKSPACE || (this.#expanded.has(folderOf(path)) && this.#seen(folderOf(path)));
  }

  find(path: string): FileEntry | undefined {
    return this.#listings.get(folderOf(path))?.files.find((entry) => entry.path === path);
  }

  /** Entries that a cut listing didn't name. */
  hidden(): { folder: string; count: number }[] {
    return this.expanded().flatMap((folder) => {
      const { files, total } = this.#listings.get(folder) ?? { files: [], total: 0 };
      return total > files.length ? [{ folder, count: total - files.length }] : [];
    });
  }

  /** What the tree shows, from top to bottom. */
  rows(folder = WORKSPACE, level = 1): Row[] {
    const files = this.#listings.get(folder)?.files ?? [];
    return files.flatMap((entry, i) => {
      const expanded = entry.is_directory && this.#expanded.has(entry.path);
      const row = { entry, level, expanded, at: i + 1, of: files.length };
      return expanded ? [row, ...this.rows(entry.path, level + 1)] : [row];
    });
  }
}
