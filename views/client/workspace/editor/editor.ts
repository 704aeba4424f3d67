import { EDITOR_LIMIT, type FileContent, WORKSPACE } from "../../../../agent/contract/files.ts";
import { toast } from "../../shared/toast.ts";
import { confirmed } from "../confirm.ts";
import { FileProblem, Offline, read } from "../files/files.ts";
import { folderOf, nameOf, shown, within } from "../files/paths.ts";
import { recall, remember } from "../remember.ts";
import type { Drafts } from "./drafts.ts";
import { languageOf } from "./languages.ts";
import { OpenFile } from "./open-file.ts";
import { Stage } from "./stage.ts";
import { Tabs } from "./tabs.ts";
import { showFileState, showNote } from "./words.ts";

/** A tab: a text in the editor, or a sentence about a file that isn't one. */
type Opened = { path: string; file: OpenFile } | { path: string; note: string };

export interface EditorOptions {
  drafts: Drafts;
  /** Where open tabs are remembered. */
  key: string;
  /** Which folders open files are in. */
  watching(folders: string[]): void;
  /** The file that is shown now, for the tree's mark. */
  showing(path: string | undefined): void;
}

/** The open files and which one is shown. */
export class Editor {
  readonly #opened = new Map<string, Opened>();
  readonly #opening = new Map<string, Promise<void>>();
  readonly #tabs: Tabs;
  readonly #stage = new Stage(() => void this.save());
  #chosen: string | undefined;
  /** Was open here last, and couldn't be fetched: the line is down. */
  #later: string[] = [];
  #chooseLater: string | undefined;

  constructor(readonly options: EditorOptions) {
    this.#tabs = new Tabs({ choose: (path) => void this.#choose(path), close: (path) => void this.close(path) });
    addEventListener("pagehide", () => this.#flush());
    document.addEventListener("visibilitychange", () => document.hidden && this.#flush());
  }

  /** Opens what was open when this page was last left. */
  async reopen(): Promise<void> {
    const { paths, chosen } = recall<{ paths: string[]; chosen?: string }>(this.options.key, { paths: [] });
    this.#later = paths;
    this.#chooseLater = chosen;
    await this.#openLater();
  }

  async #openLater(): Promise<void> {
    const [paths, chosen] = [this.#later, this.#chooseLater];
    for (const path of paths) await this.open(path, { quietly: true });
    if (this.#later.length === 0) this.#chooseLater = undefined;
    if (chosen && !this.#chosen && this.#opened.has(chosen)) await this.#choose(chosen);
  }

  /** Shows a file; a second wish for the same one while it is on its way waits for the first. */
  async open(path: string, { quietly = false } = {}): Promise<void> {
    if (!this.#opened.has(path)) {
      const opening = this.#opening.get(path) ?? this.#fetch(path, quietly).finally(() => this.#opening.delete(path));
      this.#opening.set(path, opening);
      await opening;
    }
    if (this.#opened.has(path) && !quietly) await this.#choose(path);
    else this.#draw();
  }

  async save(): Promise<void> {
    const file = this.#file(this.#chosen);
    if (!file || file.is === "saved") return;
    if (file.is === "conflict") return this.#askAboutConflict();
    await file.save();
    if (file.is === "refused") toast(`${file.name} isn’t saved.`, file.problem);
  }

  /** Opens and saves what waited for the line, and looks at everything else that is open. */
  async comeBack(): Promise<void> {
    await this.#openLater();
    await Promise.all(this.#files().map((file) => (file.is === "waiting" ? file.save() : file.look())));
  }

  /** Something changed in a folder; `names` when it is known what. */
  async look(folder: string, names?: readonly string[]): Promise<void> {
    const touched = this.#files().filter((file) => folderOf(file.path) === folder && (!names || names.includes(file.name)));
    await Promise.all(touched.map((file) => file.look()));
  }

  /** A folder was deleted. */
  async lookBelow(folder: string): Promise<void> {
    await Promise.all(this.#files().map((file) => (within(file.path, folder) ? file.look() : undefined)));
  }

  keepMine = (): Promise<void> | undefined => this.#file(this.#chosen)?.keepMine();
  takeTheirs = (): Promise<void> | undefined => this.#file(this.#chosen)?.takeTheirs();

  /** The learner renamed it, or a folder above it, in the tree. */
  moved(from: string, to: string): void {
    for (const [path, opened] of [...this.#opened]) {
      if (!within(path, from)) continue;
      const now = to + path.slice(from.length);
      this.#opened.delete(path);
      this.#opened.set(now, { ...opened, path: now });
      if ("file" in opened) opened.file.moved(now);
      if (this.#chosen === path) this.#chosen = now;
    }
    this.#draw();
  }

  /** The learner deleted it in the tree: nothing of it is to be kept. */
  removed(path: string): void {
    for (const opened of [...this.#opened.values()]) if (within(opened.path, path)) this.#drop(opened.path);
  }

  async close(path: string): Promise<void> {
    const file = this.#file(path);
    if (file?.dirty && file.is !== "gone" && !(await this.#mayLose(file))) return;
    this.#drop(path);
  }

  unsaved = (): boolean => this.#files().some((file) => file.dirty);
  hasText = (): boolean => this.#file(this.#chosen) !== undefined;
  focus = (): boolean => this.#stage.focus();
  get chosen(): string | undefined {
    return this.#chosen;
  }

  /** The text of the shown file, when there is one. */
  text = (): string | undefined => this.#file(this.#chosen)?.text;

  async #fetch(path: string, quietly: boolean): Promise<void> {
    const isLater = this.#later.includes(path);
    this.#later = this.#later.filter((one) => one !== path);
    try {
      const draft = await this.options.drafts.get(path);
      const content = await read(path).catch((problem: unknown) => whenGone(problem, draft !== undefined));
      if (content?.encoding === "base64") this.#note(path, `${nameOf(path)} isn’t text.`);
      else await this.#make(path, content, draft);
    } catch (problem) {
      if (problem instanceof FileProblem && problem.code === "TOO_LARGE") return this.#note(path, tooLarge(path));
      if (isLater && problem instanceof Offline) this.#later.push(path);
      if (!quietly) this.#sayWhy(path, problem);
    }
  }

  #note(path: string, note: string): void {
    this.#opened.set(path, { path, note });
  }

  #sayWhy(path: string, problem: unknown): void {
    const why = problem instanceof Offline ? problem.words : problem instanceof Error ? problem.message : "";
    toast(`${shown(path)} didn’t open.`, why);
  }

  async #make(path: string, content: FileContent | undefined, draft: Awaited<ReturnType<Drafts["get"]>>): Promise<void> {
    const monaco = await this.#stage.monaco();
    const uri = monaco.Uri.file(path);
    const model = monaco.editor.createModel(content?.content ?? "", languageOf(nameOf(path)), uri);
    // Brackets of many colours say nothing here that their partner's frame doesn't.
    model.updateOptions({ bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false } });
    const file = new OpenFile(path, model, content?.version ?? null, this.options.drafts, (changed) => this.#changed(changed));
    this.#opened.set(path, { path, file });
    if (draft) file.restore(draft, content && { text: content.content, version: content.version });
  }

  #changed(file: OpenFile): void {
    if (this.#opened.get(file.path)) this.#draw();
    // Into a conflict and out of it, what is on the stage changes.
    if (file.path === this.#chosen) void this.#stage.show(file);
  }

  async #choose(path: string): Promise<void> {
    this.#chosen = path;
    this.#draw();
    this.options.showing(path);
    await this.#stage.show(this.#file(path));
  }

  #draw(): void {
    const opened = [...this.#opened.values()];
    const tabs = opened.map((one) => ({ path: one.path, dirty: "file" in one && one.file.dirty }));
    this.#tabs.draw(tabs, this.#chosen);
    const chosen = this.#opened.get(this.#chosen ?? "");
    showFileState(
      chosen && "file" in chosen ? chosen.file : undefined,
      tabs.some(({ dirty }) => dirty),
    );
    showNote(chosen && "note" in chosen ? chosen : undefined, chosen === undefined);
    const paths = [...opened.map(({ path }) => path), ...this.#later];
    remember(this.options.key, { paths, chosen: this.#chosen ?? this.#chooseLater });
    this.options.watching([...new Set(opened.map(({ path }) => folderOf(path)))].filter((folder) => within(folder, WORKSPACE)));
  }

  #drop(path: string): void {
    const opened = this.#opened.get(path);
    if (!opened) return;
    const paths = [...this.#opened.keys()];
    this.#opened.delete(path);
    if ("file" in opened) {
      this.#stage.forget(opened.file);
      opened.file.close();
      void this.options.drafts.drop(path);
    }
    if (this.#chosen === path) this.#chooseAfter(paths, path);
    else this.#draw();
  }

  #chooseAfter(paths: string[], closed: string): void {
    const at = paths.indexOf(closed);
    const next = paths[at + 1] ?? paths[at - 1];
    if (next) void this.#choose(next);
    else this.#showNothing();
  }

  #showNothing(): void {
    this.#chosen = undefined;
    this.#draw();
    void this.#stage.show(undefined);
    this.options.showing(undefined);
  }

  #mayLose(file: OpenFile): Promise<boolean> {
    const text = "What you typed since the last save exists only here.";
    return confirmed({ title: `Close ${file.name} without saving?`, text, yes: "Close without saving", no: "Keep it open" });
  }

  #askAboutConflict(): void {
    toast("Choose a version first.", "“Keep mine” saves yours; “Take the disk’s” drops it.");
  }

  #file(path: string | undefined): OpenFile | undefined {
    const opened = this.#opened.get(path ?? "");
    return opened && "file" in opened ? opened.file : undefined;
  }

  #files(): OpenFile[] {
    return [...this.#opened.values()].flatMap((opened) => ("file" in opened ? [opened.file] : []));
  }

  #flush(): void {
    for (const file of this.#files()) file.flush();
  }
}

function tooLarge(path: string): string {
  return `${nameOf(path)} is larger than ${EDITOR_LIMIT / 1024 / 1024} MB.`;
}

/** A draft outlives its file. */
function whenGone(problem: unknown, hasDraft: boolean): undefined {
  if (hasDraft && problem instanceof FileProblem && problem.code === "NOT_FOUND") return undefined;
  throw problem;
}
