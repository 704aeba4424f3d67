import { readFile } from "node:fs/promises";

/** What is mounted at a place; the last one where several are. */
export interface Mounted {
  options: string[];
  device: string;
}

/**
 * By mount point. @param process whose mounts, as it sees them; otherwise this thread's, which aren't those of the process while its first thread
 * is in a seat for a moment @throws ENOENT when it ended
 */
export async function mountsOf(process: number | "thread-self" = "thread-self"): Promise<Map<string, Mounted>> {
  const rows = (await readFile(`/proc/${process}/mountinfo`, "utf8")).split("\n").map((line) => line.split(" "));
  return new Map(
    rows.map((row) => {
      const [, , , , point = "", options = ""] = row;
      // As many fields as it likes, a dash, the kind of file system.
      const device = row[row.indexOf("-") + 2] ?? "";
      return [unescapeMount(point), { options: options.split(","), device }];
    }),
  );
}

/** The kernel writes space, tab, newline and backslash as octal. */
const unescapeMount = (path: string): string =>
  path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
