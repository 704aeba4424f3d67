import { posix } from "node:path";

/**
 * Whether a link at `path` leads to a place in the folder from which its path counts. `..` counts only at the beginning: there it leaves
 * directories that we made. Later on it might leave another link's target, which may be anywhere within.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const firstName = parts.findIndex((part) => part !== "..");
  if (firstName >= 0 && parts.slice(firstName).includes("..")) return false;
  return !posix.normalize(posix.join(posix.dirname(path), target)).startsWith("..");
}
