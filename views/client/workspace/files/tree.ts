import { WORKSPACE } from "../../../../agent/contract/files.ts";
import { one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";
import { FileProblem, list, Offline } from "./files.ts";
import { folderOf, shown } from "./paths.ts";
import { TreeModel } from "./tree-model.ts";
import { drawRow } from "./tree-row.ts";

export interface TreeOptions {
  open(path: string): void;
  /** The set of expanded folders changed. */
  watching(folders: string[]): void;
  menu(path: string, at: { x: number; y: number }): void;
  rename(path: string): void;
  remove(path: string): void;
}

/** The seat's files: a tree that is read folder by folder and follows what happens on the machine. */
export class Tree {
  readonly #list = one("[data-tree]");
  readonly #hint = one("[data-tree-hint]");
  readonly #rows = new Map<string, HTMLElement>();
  readonly #model = new TreeModel();
  readonly #loading = new Map<string, Promise<void>>();
  #current = "";
  #shown: string | undefined;
  #typed = { text: "", at: 0 };

  constructor(readonly options: TreeOptions) {
    this.#list.addEventListener("click", (event) => this.#click(event));
    this.#list.addEventListener("contextmenu", (event) => this.#menu(event));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("focusin", (event) => this.#setCurrent(rowOf(event)?.dataset.path ?? this.#current));
  }

  /** Where a new file belongs: the folder that is selected, or the selected file's. */
  get folder(): string {
    const entry = this.#model.find(this.#current);
    if (!entry) return WORKSPACE;
    return entry.is_directory && this.#model.isExpanded(entry.path) ? entry.path : folderOf(entry.path);
  }

  isThere = (path: string): boolean => this.#model.find(path) !== undefined;
  isFolder = (path: string): boolean => path === WORKSPACE || this.#model.find(path)?.is_directory === true;
  /** What stands in a row: neither link nor special file can be opened. */
  kind = (path: string) => this.#model.find(path)?.kind;

  /** Lists every expanded folder again: at the start, and after events were lost. */
  async refreshAll(): Promise<void> {
    await Promise.all(this.#model.expanded().map((folder) => this.refresh(folder)));
  }

  /** Lists one folder again. Two wishes for the same folder at once become one listing after the other. */
  refresh(folder: string): Promise<void> {
    const before = this.#loading.get(folder) ?? Promise.resolve();
    const after = before
      .then(() => this.#load(folder))
      .finally(() => this.#loading.get(folder) === after && this.#loading.delete(folder));
    this.#loading.set(folder, after);
    return after;
  }

  /** Something happened in a folder. */
  changed(folder: string): Promise<void> | undefined {
    return this.#model.expanded().includes(folder) ? this.refresh(folder) : undefined;
  }

  /** The file that the editor shows. */
  setShown(path: string | undefined): void {
    this.#shown = path;
    for (const [at, row] of this.#rows) row.toggleAttribute("data-shown", at === path);
  }

  gone(folder: string): void {
    this.#model.forget(folder);
    if (folder === WORKSPACE) return;
    this.#announce();
    void this.refresh(folderOf(folder));
  }

  select(path: string): void {
    this.#setCurrent(path);
    this.#rows.get(path)?.scrollIntoView({ block: "nearest" });
  }

  focus(): void {
    const row = this.#rows.get(this.#current) ?? this.#rows.values().next().value;
    if (row) row.focus();
    else one("[data-files] button").focus();
  }

  row(path: string): HTMLElement | undefined {
    return this.#rows.get(path);
  }

  async expand(folder: string): Promise<void> {
    if (folder === WORKSPACE || !this.isFolder(folder)) return;
    this.#model.expand(folder);
    this.#announce();
    await this.refresh(folder);
  }

  async #load(folder: string): Promise<void> {
    try {
      const known = this.#model.isListed(folder);
      const { files, total } = await list(folder);
      this.#model.set(folder, files, total);
      this.#draw(known ? folder : undefined);
      this.#announce();
    } catch (problem) {
      if (problem instanceof Offline) return;
      if (problem instanceof FileProblem && problem.code === "NOT_FOUND") return this.gone(folder);
      toast(`${shown(folder)} can’t be listed.`, problem instanceof Error ? problem.message : "");
    }
  }

  #draw(fresh?: string): void {
    const rows = this.#model.rows();
    const wanted = new Set(rows.map(({ entry }) => entry.path));
    for (const [path, row] of this.#rows) if (!wanted.has(path)) this.#drop(path, row);
    let before: Element | null = null;
    for (const row of rows) {
      const isNew = !this.#rows.has(row.entry.path);
      const element = drawRow(this.#rows.get(row.entry.path), row);
      this.#rows.set(row.entry.path, element);
      if (isNew && fresh === folderOf(row.entry.path)) element.classList.add("new");
      const next: Element | null = before ? before.nextElementSibling : this.#list.firstElementChild;
      if (next !== element) this.#list.insertBefore(element, next);
      before = element;
    }
    this.setShown(this.#shown);
    this.#setCurrent(wanted.has(this.#current) ? this.#current : (rows[0]?.entry.path ?? ""));
    this.#drawHint(rows.length);
  }

  #drop(path: string, row: HTMLElement): void {
    const hadFocus = row === document.activeElement;
    const neighbour = (row.nextElementSibling ?? row.previousElementSibling) as HTMLElement | null;
    row.remove();
    this.#rows.delete(path);
    if (hadFocus) neighbour?.focus();
  }

  #drawHint(count: number): void {
    const hidden = this.#model.hidden()[0];
    this.#hint.hidden = count > 0 && !hidden;
    if (hidden)
      this.#hint.textContent = `${hidden.count.toLocaleString("en")} more in ${shown(hidden.folder)}: use the terminal for those.`;
    else if (count === 0) this.#hint.textContent = "Nothing here yet. Make a file, drop some here, or work in the terminal.";
  }

  #announce(): void {
    this.options.watching(this.#model.expanded());
  }

  #setCurrent(path: string): void {
    if (path !== this.#current) this.#mark(this.#current, false);
    this.#current = path;
    this.#mark(path, true);
  }

  #mark(path: string, on: boolean): void {
    const row = this.#rows.get(path);
    row?.setAttribute("aria-selected", String(on));
    if (row) row.tabIndex = on ? 0 : -1;
  }

  #click(event: MouseEvent): void {
    const row = rowOf(event);
    const path = row?.dataset.path;
    if (!row || !path) return;
    row.focus();
    const more = (event.target as Element).closest("[data-more]")?.getBoundingClientRect();
    if (more) this.options.menu(path, { x: more.left, y: more.bottom });
    else this.#activate(path);
  }

  #menu(event: MouseEvent): void {
    const row = rowOf(event);
    const path = row?.dataset.path;
    if (!row || !path) return;
    event.preventDefault();
    row.focus();
    const byKey = event.clientX === 0 && event.clientY === 0;
    const { left, bottom } = row.getBoundingClientRect();
    this.options.menu(path, byKey ? { x: left + 24, y: bottom } : { x: event.clientX, y: event.clientY });
  }

  #activate(path: string): void {
    if (!this.isFolder(path)) this.options.open(path);
    else if (this.#model.isExpanded(path)) this.#collapse(path);
    else void this.expand(path);
  }

  #collapse(path: string): void {
    this.#model.collapse(path);
    this.#announce();
    this.#draw();
  }

  #key(event: KeyboardEvent): void {
    const path = this.#current;
    if ((event.target as Element).closest("input") || event.ctrlKey || event.metaKey || event.altKey || !path) return;
    const actions: Record<string, () => void> = {
      ArrowDown: () => this.#step(1),
      ArrowUp: () => this.#step(-1),
      ArrowRight: () => this.#right(path),
      ArrowLeft: () => this.#left(path),
      Home: () => this.#to(0),
      End: () => this.#to(this.#rows.size - 1),
      Enter: () => this.#activate(path),
      " ": () => this.#activate(path),
      F2: () => this.options.rename(path),
      Delete: () => this.options.remove(path),
    };
    const action = actions[event.key] ?? (event.key.length === 1 ? () => this.#byLetter(event.key) : undefined);
    if (!action) return;
    event.preventDefault();
    action();
  }

  #order(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>("[role=treeitem]")];
  }

  #step(by: number): void {
    this.#to(this.#order().findIndex((row) => row.dataset.path === this.#current) + by);
  }

  #to(index: number): void {
    const rows = this.#order();
    rows[Math.max(0, Math.min(rows.length - 1, index))]?.focus();
  }

  #right(path: string): void {
    if (!this.isFolder(path)) return;
    if (this.#model.isExpanded(path)) this.#step(1);
    else void this.expand(path);
  }

  #left(path: string): void {
    if (this.isFolder(path) && this.#model.isExpanded(path)) this.#collapse(path);
    else this.#rows.get(folderOf(path))?.focus();
  }

  /** Typing goes to the next name that begins so. */
  #byLetter(letter: string): void {
    const now = Date.now();
    const text = (now - this.#typed.at < 800 ? this.#typed.text : "") + letter.toLowerCase();
    this.#typed = { text, at: now };
    const rows = this.#order();
    const from = rows.findIndex((row) => row.dataset.path === this.#current) + (text.length > 1 ? 0 : 1);
    [...rows.slice(from), ...rows.slice(0, from)].find((row) => row.textContent?.toLowerCase().startsWith(text))?.focus();
  }
}

const rowOf = (event: Event): HTMLElement | null => (event.target as Element).closest<HTMLElement>("[role=treeitem]");
