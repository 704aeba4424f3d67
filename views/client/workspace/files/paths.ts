import { NAME_LIMIT, WORKSPACE } from "../../../../agent/contract/files.ts";

/** `/workspace/a/b.py` → `b.py` */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** `/workspace/a/b.py` → `/workspace/a` */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

export const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** `/workspace/a/b.py` → `a/b.py`; what people read. */
export const shown = (path: string): string => (path === WORKSPACE ? "the workspace" : path.slice(WORKSPACE.length + 1));

/** Each part escaped, without the first slash: for the end of an address. */
export const inAddress = (path: string): string => path.slice(1).split("/").map(encodeURIComponent).join("/");

/** Why this can't be a file's name; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name === "" || name === "." || name === "..") return "A name needs at least one letter.";
  if (name.includes("/")) return "A name can’t contain a slash.";
  if (new TextEncoder().encode(name).length > NAME_LIMIT) return `A name can have at most ${NAME_LIMIT} bytes.`;
  return undefined;
}
