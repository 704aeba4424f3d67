import { WORKSPACE } from "../../../../agent/contract/files.ts";
import { act } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";
import { confirmed } from "../confirm.ts";
import type { Editor } from "../editor/editor.ts";
import { openMenu } from "../menu.ts";
import { show } from "../panes.ts";
import { archiveUrl, downloadUrl, FileProblem, makeFolder, Offline, remove, rename, write } from "./files.ts";
import { askName } from "./naming.ts";
import { folderOf, nameOf, nameProblem, shown } from "./paths.ts";
import type { Tree } from "./tree.ts";
import { chooseUploads, startUploads } from "./upload.ts";

/** What one can do with files besides opening them. */
export class TreeActions {
  constructor(
    readonly tree: Tree,
    readonly editor: Editor,
  ) {
    act("new-file", () => void this.newFile(tree.folder));
    act("new-folder", () => void this.newFolder(tree.folder));
    act("upload", chooseUploads);
    act("download-all", () => download(archiveUrl()));
    act("file-menu", (button) => this.#openFileMenu(button));
    startUploads(tree);
  }

  async newFile(folder: string): Promise<void> {
    const path = await this.#askPath(folder);
    if (!path) return;
    await this.#try(`${shown(path)} isn’t made.`, async () => {
      await write(path, "", null);
      await this.tree.refresh(folder);
      this.tree.select(path);
      show("editor");
      await this.editor.open(path);
      this.editor.focus();
    });
  }

  async newFolder(folder: string): Promise<void> {
    const path = await this.#askPath(folder);
    if (!path) return;
    await this.#try(`${shown(path)} isn’t made.`, async () => {
      await makeFolder(path);
      await this.tree.refresh(folder);
      await this.tree.expand(path);
      this.tree.select(path);
      this.tree.focus();
    });
  }

  async rename(path: string): Promise<void> {
    const row = this.tree.row(path);
    if (!row) return;
    const name = await askName({ in: row }, nameOf(path), (wish) => this.#problem(folderOf(path), wish));
    if (!name) return this.tree.focus();
    const to = `${folderOf(path)}/${name}`;
    await this.#try(`${shown(path)} isn’t renamed.`, async () => {
      await rename(path, to);
      this.editor.moved(path, to);
      await this.tree.refresh(folderOf(path));
      this.tree.select(to);
      this.tree.focus();
    });
  }

  async remove(path: string): Promise<void> {
    const folder = this.tree.isFolder(path);
    const title = `Delete ${nameOf(path)}?`;
    const text = folder
      ? "The folder and everything in it is deleted from the machine. It can’t be brought back."
      : "It is deleted from the machine. It can’t be brought back.";
    if (!(await confirmed({ title, text, yes: `Delete ${nameOf(path)}`, no: "Keep it" }))) return;
    await this.#try(`${shown(path)} isn’t deleted.`, async () => {
      await remove(path);
      this.editor.removed(path);
      await this.tree.refresh(folderOf(path));
      this.tree.focus();
    });
  }

  menu(path: string, at: { x: number; y: number }): void {
    const folder = this.tree.isFolder(path);
    const kind = this.tree.kind(path);
    openMenu(at, [
      ...(folder ? [{ label: "New file here", choose: () => void this.#newIn(path, "file") }] : []),
      ...(folder ? [{ label: "New folder here", choose: () => void this.#newIn(path, "folder") }] : []),
      ...(folder || kind ? [] : [{ label: "Open", key: "Enter", choose: () => this.tree.options.open(path) }]),
      ...(folder || kind ? [] : [{ label: "Download", choose: () => download(downloadUrl(path)) }]),
      { label: "Rename…", key: "F2", choose: () => void this.rename(path) },
      { label: "Delete…", key: "Delete", danger: true, choose: () => void this.remove(path) },
    ]);
  }

  #openFileMenu(button: HTMLElement): void {
    const path = this.editor.chosen;
    if (!path) return;
    const { left, bottom } = button.getBoundingClientRect();
    openMenu({ x: left, y: bottom }, [
      { label: "Save", key: "Ctrl S", choose: () => void this.editor.save() },
      { label: "Download", choose: () => download(downloadUrl(path)) },
      { label: "Close", choose: () => void this.editor.close(path) },
    ]);
  }

  async #newIn(folder: string, what: "file" | "folder"): Promise<void> {
    await this.tree.expand(folder);
    await (what === "file" ? this.newFile(folder) : this.newFolder(folder));
  }

  async #askPath(folder: string): Promise<string | undefined> {
    show("files");
    const after = this.tree.row(folder);
    const name = await askName(after ? { after } : {}, "", (wish) => this.#problem(folder, wish));
    return name ? `${folder}/${name}` : undefined;
  }

  #problem(folder: string, name: string): string | undefined {
    if (this.tree.isThere(`${folder}/${name}`)) return `There is a ${name} already.`;
    return nameProblem(name);
  }

  async #try(failed: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (problem) {
      if (problem instanceof Offline) toast(failed, problem.words);
      else if (problem instanceof FileProblem) toast(failed, problem.message);
      else throw problem;
      void this.tree.refresh(WORKSPACE);
    }
  }
}

/** The browser's own download, with its own progress. */
function download(href: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.download = "";
  link.click();
}
