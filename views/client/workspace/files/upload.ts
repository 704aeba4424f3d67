import { UPLOAD_LIMIT, WORKSPACE } from "../../../../agent/contract/files.ts";
import { button, icon, make, one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";
import { confirmed } from "../confirm.ts";
import { upload } from "./files.ts";
import { folderOf, shown } from "./paths.ts";
import type { Tree } from "./tree.ts";

/** A class drops folders, not archives of a disk. */
const MOST_FILES = 2000;

interface Wish {
  path: string;
  file: File;
}

/** Files dropped on the list go into the folder under the pointer; chosen ones into the selected folder. One goes after the other. */
export function startUploads(tree: Tree): void {
  const input = one<HTMLInputElement>("[data-upload-input]");
  input.addEventListener("change", () => {
    const folder = tree.folder;
    void send(
      tree,
      [...(input.files ?? [])].map((file) => ({ path: `${folder}/${file.name}`, file })),
    );
    input.value = "";
  });
  takeDrops(one("[data-files]"), tree);
}

export const chooseUploads = (): void => one<HTMLInputElement>("[data-upload-input]").click();

function takeDrops(zone: HTMLElement, tree: Tree): void {
  const carries = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
  const mark = (row: Element | null) => {
    for (const marked of zone.querySelectorAll("[data-over-here]")) marked.removeAttribute("data-over-here");
    row?.setAttribute("data-over-here", "");
  };
  zone.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    mark(folderRow(event, tree) ?? one("[data-tree]"));
  });
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget as Node | null) || mark(null));
  zone.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    mark(null);
    const folder = folderRow(event, tree)?.dataset.path ?? WORKSPACE;
    void collect(event.dataTransfer, folder).then((wishes) => send(tree, wishes));
  });
  // A file dropped beside the list would replace the page.
  for (const type of ["dragover", "drop"] as const)
    document.addEventListener(type, (event) => carries(event) && event.preventDefault());
}

/** The folder of the row under the pointer. */
function folderRow(event: Event, tree: Tree): HTMLElement | undefined {
  const path = (event.target as Element).closest<HTMLElement>("[role=treeitem]")?.dataset.path;
  if (!path) return undefined;
  return tree.row(tree.isFolder(path) ? path : folderOf(path));
}

/** Files, and what is in folders; a browser that doesn't tell folders gives the files alone. */
async function collect(dropped: DataTransfer | null, folder: string): Promise<Wish[]> {
  const plain = [...(dropped?.files ?? [])].map((file) => ({ path: `${folder}/${file.name}`, file }));
  const entries = [...(dropped?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  const wishes: Wish[] = [];
  const waiting = entries.map((entry) => ({ entry, folder }));
  for (let next = waiting.shift(); next && wishes.length < MOST_FILES; next = waiting.shift()) {
    const { entry, folder: into } = next;
    const path = `${into}/${entry.name}`;
    if (entry.isFile) wishes.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    else for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) waiting.push({ entry: child, folder: path });
  }
  return wishes;
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

async function childrenOf(entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = entry.createReader();
  const found: FileSystemEntry[] = [];
  // A reader gives at most a hundred at a time, and an empty list at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    found.push(...some);
  }
}

async function send(tree: Tree, wishes: Wish[]): Promise<void> {
  const wanted = await withoutUnwanted(tree, wishes);
  let sent = 0;
  for (const wish of wanted) if (await sendOne(wish)) sent++;
  for (const folder of new Set(wanted.map(({ path }) => folderOf(path))))
    void tree.refresh(tree.isFolder(folder) ? folder : WORKSPACE);
  if (sent > 0) toast(sent === 1 ? `${shown(wanted[0]?.path ?? "")} is uploaded.` : `${sent} files are uploaded.`);
}

/** Too large ones are named; existing ones are asked about, once for all. */
async function withoutUnwanted(tree: Tree, wishes: Wish[]): Promise<Wish[]> {
  const large = wishes.filter(({ file }) => file.size > UPLOAD_LIMIT);
  for (const { file } of large) toast(`${file.name} is too large.`, `One upload can have ${UPLOAD_LIMIT / 1024 / 1024} MB.`);
  const fitting = wishes.filter((wish) => !large.includes(wish));
  const there = fitting.filter(({ path }) => tree.isThere(path));
  if (there.length === 0) return fitting;
  const what = there.length === 1 ? shown(there[0]?.path ?? "") : `${there.length} files`;
  const text = "What is on the machine now is overwritten by what you upload.";
  const yes = await confirmed({ title: `Replace ${what}?`, text, yes: `Replace ${what}`, no: "Keep what is there" });
  return yes ? fitting : fitting.filter((wish) => !there.includes(wish));
}

async function sendOne({ path, file }: Wish): Promise<boolean> {
  const stop = new AbortController();
  const bar = make("i");
  const cancel = button("", () => stop.abort(), "button quiet square");
  cancel.setAttribute("aria-label", `Stop uploading ${file.name}`);
  cancel.append(icon("close"));
  const row = make("div", { class: "upload" }, make("span", {}, file.name), cancel, make("div", { class: "bar" }, bar));
  one("[data-uploads]").append(row);
  try {
    await upload(path, file, (share) => bar.style.setProperty("width", `${share * 100}%`), stop.signal);
    return true;
  } catch (problem) {
    if (!stop.signal.aborted) toast(`${file.name} isn’t uploaded.`, problem instanceof Error ? problem.message : "");
    return false;
  } finally {
    row.remove();
  }
}
