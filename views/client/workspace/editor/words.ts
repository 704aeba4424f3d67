import { button, icon, make, one, sentence } from "../../shared/dom.ts";
import { downloadUrl } from "../files/files.ts";
import type { FileIs, OpenFile } from "./open-file.ts";

const WORDS: Record<FileIs, string> = {
  saved: "Saved",
  unsaved: "Unsaved",
  saving: "Saving",
  waiting: "Saving waits",
  conflict: "Unsaved",
  gone: "Unsaved",
  refused: "Not saved",
};

/** The word at the end of the tabs, and the banner above a file that came apart from its disk. */
export function showFileState(file: OpenFile | undefined, anyDirty: boolean): void {
  const saved = one("[data-saved]");
  saved.hidden = !file;
  one('[data-act="file-menu"]').hidden = !file;
  one('[data-mark="editor"]').hidden = !anyDirty;
  if (file && saved.dataset.is !== file.is) {
    saved.dataset.is = file.is;
    saved.replaceChildren(file.is === "saved" || file.is === "saving" ? savedWord(file.is) : saveButton(file.is));
  }
  showBanner(file);
}

function savedWord(is: "saved" | "saving"): HTMLElement {
  return make("span", { class: "saved" }, ...(is === "saved" ? [icon("check")] : []), WORDS[is]);
}

function saveButton(is: FileIs): HTMLElement {
  const made = button(WORDS[is], () => actions?.save(), "button tiny unsaved-button");
  made.title = "Save this file (Ctrl S)";
  return made;
}

export interface FileActions {
  keepMine(): void;
  takeTheirs(): void;
  save(): void;
}

let actions: FileActions | undefined;

/** What the buttons beside and above the text do. */
export function onFileButtons(take: FileActions): void {
  actions = take;
}

function showBanner(file: OpenFile | undefined): void {
  const banner = one("[data-conflict]");
  const what = file && bannerOf(file);
  banner.hidden = !what;
  // Drawn again only when it says something else: focus stays on its buttons.
  if (!what || banner.dataset.says === what.key) return;
  banner.dataset.says = what.key;
  one("[data-conflict-text]").replaceChildren(sentence(what.strong, what.rest));
  one("[data-conflict-buttons]").replaceChildren(...what.buttons);
}

interface Banner {
  key: string;
  strong: string;
  rest: string;
  buttons: HTMLElement[];
}

function bannerOf(file: OpenFile): Banner | undefined {
  if (file.theirs) {
    const at = file.theirs.at.toTimeString().slice(0, 5);
    return {
      key: `${file.path} ${file.theirs.version}`,
      strong: `${file.name} changed on disk at ${at}.`,
      rest: "Both versions are below; nothing is lost.",
      buttons: [button("Keep mine", () => actions?.keepMine()), button("Take the disk’s", () => actions?.takeTheirs())],
    };
  }
  if (file.is === "gone") {
    return {
      key: `${file.path} gone`,
      strong: `${file.name} was deleted on disk.`,
      rest: "What you see is the last version.",
      buttons: [button("Save it again", () => actions?.save())],
    };
  }
  if (file.is !== "refused") return undefined;
  return {
    key: `${file.path} ${file.problem}`,
    strong: `${file.name} isn’t saved.`,
    rest: file.problem,
    buttons: [button("Try again", () => actions?.save())],
  };
}

/** In place of an editor: what the file is, and how to get it. `nothing`: no file is open at all. */
export function showNote(what: { path: string; note: string } | undefined, nothing: boolean): void {
  one("[data-edit-empty]").hidden = !nothing;
  one("[data-edit-note]").hidden = !what;
  if (!what) return;
  one("[data-edit-note-text]").replaceChildren(
    sentence(what.note, "The editor leaves it alone; the terminal and a download don’t mind."),
  );
  one<HTMLAnchorElement>("[data-edit-note-download]").href = downloadUrl(what.path);
}
