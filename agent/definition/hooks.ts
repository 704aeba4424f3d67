import { Problems } from "./problems.ts";

/** What an SDK may have in its folder `hooks/`. */
export const HOOKS = ["setup-base", "setup-project", "save-state", "restore-state", "check-health"] as const;
export type Hook = (typeof HOOKS)[number];

/** A script of a thousand lines has 40 kB. */
export const HOOK_LIMIT = 256 * 1024;

export const isHook = (name: string): name is Hook => (HOOKS as readonly string[]).includes(name);

/** What bash would stumble over, though the file looks fine in an editor. @param path as it lies in the archive */
export function hookProblems(text: string, path: string): Problems {
  const problems = new Problems(path, text);
  if (text.trim() === "") problems.add(0, "The hook is empty. Write a script for bash, or leave the file out.");
  const zero = text.indexOf("\0");
  if (zero >= 0) problems.add(zero, "There is a zero byte here, which no script has. Is this a text file?");
  const windows = text.indexOf("\r");
  if (windows >= 0)
    problems.add(windows, "This line ends as on Windows (CR LF), which bash can't run. Save the file with Unix line ends (LF).");
  const other = /^#!(?!.*\b(?:ba|da)?sh\b)(.*)/.exec(text)?.[1];
  if (other !== undefined)
    problems.add(0, "Hooks are run by bash, whatever their first line says. Call the other program from a script for bash.");
  return problems;
}
