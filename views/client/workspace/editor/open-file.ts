import { EDITOR_LIMIT } from "../../../../agent/contract/files.ts";
import { FileProblem, Offline, read, write } from "../files/files.ts";
import { nameOf } from "../files/paths.ts";
import type { Draft, Drafts } from "./drafts.ts";
import type { editor } from "./monaco.ts";

/**
 * `saved`: as on disk · `unsaved` · `saving` · `waiting`: to be saved when the line is back · `conflict`: disk and learner both changed it ·
 * `gone`: deleted on disk while open · `refused`: the machine wouldn't save it.
 */
export type FileIs = "saved" | "unsaved" | "saving" | "waiting" | "conflict" | "gone" | "refused";

/** A typed draft is kept this long after the last key. */
const DRAFT_MS = 300;

/** A text file in the editor: what is typed, what is on disk, and how the two came apart. Its steps run one after the other. */
export class OpenFile {
  is: FileIs = "saved";
  /** Of the disk's text that `model` was made from; null: there is no such file. */
  version: string | null;
  /** In a conflict: what the disk has. */
  theirs: { text: string; version: string; at: Date } | undefined;
  /** Why it was refused. */
  problem = "";
  /** Where the cursor was, kept while another tab is shown. */
  view: editor.ICodeEditorViewState | null = null;
  #savedId: number;
  #steps: Promise<void> = Promise.resolve();
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #listener: { dispose(): void };

  constructor(
    public path: string,
    readonly model: editor.ITextModel,
    version: string | null,
    readonly drafts: Drafts,
    readonly changed: (file: OpenFile) => void,
  ) {
    this.version = version;
    this.#savedId = model.getAlternativeVersionId();
    this.#listener = model.onDidChangeContent(() => this.#typed());
  }

  get name(): string {
    return nameOf(this.path);
  }

  get text(): string {
    return this.model.getValue(undefined, true);
  }

  /** Closing it now would lose something. */
  get dirty(): boolean {
    return this.is !== "saved";
  }

  /** Takes up what an earlier page left unsaved. */
  restore(draft: Draft, disk: { text: string; version: string } | undefined): void {
    if (disk?.text === draft.text) return void this.drafts.drop(this.path);
    this.#replace(draft.text);
    if (disk && draft.version !== null && draft.version !== disk.version) this.#clash(disk);
    this.#settle();
  }

  save(): Promise<void> {
    return this.#step(() => this.#save());
  }

  /** The disk may have changed: look, and follow where nothing is lost by it. */
  look(): Promise<void> {
    return this.#step(() => this.#look());
  }

  /** In a conflict: the learner's text goes over the disk's. */
  keepMine(): Promise<void> {
    return this.#step(async () => {
      if (!this.theirs) return;
      this.version = this.theirs.version;
      this.theirs = undefined;
      this.is = "unsaved";
      await this.#save();
    });
  }

  /** In a conflict: the disk's text takes the place of the learner's, which Ctrl+Z brings back. */
  takeTheirs(): Promise<void> {
    return this.#step(async () => {
      if (!this.theirs) return;
      const { text, version } = this.theirs;
      this.theirs = undefined;
      this.#agree(text, version);
    });
  }

  moved(to: string): void {
    void this.drafts.drop(this.path);
    this.path = to;
    this.#keepDraft();
    this.changed(this);
  }

  close(): void {
    clearTimeout(this.#draftTimer);
    this.#listener.dispose();
    this.model.dispose();
  }

  #step(step: () => Promise<void>): Promise<void> {
    this.#steps = this.#steps.then(step).catch((problem: unknown) => this.#refuse(problem));
    return this.#steps;
  }

  async #save(): Promise<void> {
    if (this.is === "saved" || this.is === "conflict") return;
    const id = this.model.getAlternativeVersionId();
    const text = this.text;
    if (new Blob([text]).size > EDITOR_LIMIT)
      throw new FileProblem("TOO_LARGE", "It has grown over 5 MB. Shorten it, or copy it to the terminal.");
    this.#become("saving");
    try {
      this.version = await write(this.path, text, this.version);
      this.#savedId = id;
      this.is = "unsaved";
      this.#settle();
    } catch (problem) {
      if (!(problem instanceof FileProblem) || problem.code !== "CONFLICT") throw problem;
      this.is = "unsaved";
      await this.#look();
    }
  }

  #refuse(problem: unknown): void {
    const offline = problem instanceof Offline;
    if (!offline) this.problem = problem instanceof Error ? problem.message : String(problem);
    this.#become(!offline ? "refused" : this.is === "saving" ? "waiting" : this.is);
  }

  async #look(): Promise<void> {
    const disk = await this.#disk();
    if (disk === "same") return;
    if (disk === "gone") return this.#lose();
    if (disk.text === this.text || !this.#hasTyped()) return this.#agree(disk.text, disk.version);
    this.#clash(disk);
    this.#keepDraft();
    this.changed(this);
  }

  async #disk(): Promise<{ text: string; version: string } | "same" | "gone"> {
    try {
      const known = this.theirs?.version ?? this.version;
      const content = await read(this.path, known ?? undefined);
      if (!content) return "same";
      if (content.encoding === "base64") throw new FileProblem("STATE_CONFLICT", "It isn’t text on disk any more.");
      return { text: content.content, version: content.version };
    } catch (problem) {
      if (problem instanceof FileProblem && problem.code === "NOT_FOUND") return "gone";
      throw problem;
    }
  }

  /** Text and disk are one: quietly, the cursor stays. */
  #agree(text: string, version: string): void {
    if (text !== this.text) this.#replace(text);
    this.version = version;
    this.theirs = undefined;
    this.#savedId = this.model.getAlternativeVersionId();
    this.is = "unsaved";
    this.#settle();
  }

  #clash(disk: { text: string; version: string }): void {
    this.theirs = { ...disk, at: new Date() };
    this.is = "conflict";
  }

  #lose(): void {
    if (this.version === null && this.is !== "saved") return;
    this.version = null;
    this.theirs = undefined;
    this.#become("gone");
    this.#keepDraft();
  }

  #replace(text: string): void {
    const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
    this.model.pushStackElement();
    this.model.pushEditOperations([], [{ range: this.model.getFullModelRange(), text: bare }], () => null);
    this.model.pushStackElement();
  }

  #typed(): void {
    if (this.is === "saving" || this.is === "conflict" || this.is === "gone") this.#keepDraft();
    else this.#settle();
  }

  #hasTyped(): boolean {
    return this.model.getAlternativeVersionId() !== this.#savedId;
  }

  #settle(): void {
    const typed = this.is === "conflict" || this.#hasTyped();
    if (typed) this.#keepDraft();
    else this.#dropDraft();
    // One that waits for the line, or that was refused, stays so until it is saved again.
    const stays = typed && ["conflict", "waiting", "refused"].includes(this.is);
    this.#become(stays ? this.is : typed ? "unsaved" : "saved");
  }

  #become(is: FileIs): void {
    this.is = is;
    this.changed(this);
  }

  #keepDraft(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => void this.drafts.put(this.path, this.#draft()), DRAFT_MS);
  }

  /** Writes the draft now: the page is being hidden. */
  flush(): void {
    clearTimeout(this.#draftTimer);
    if (this.dirty) this.drafts.putNow(this.path, this.#draft());
  }

  #draft(): Draft {
    return { text: this.text, version: this.version, at: Date.now() };
  }

  #dropDraft(): void {
    clearTimeout(this.#draftTimer);
    void this.drafts.drop(this.path);
  }
}
