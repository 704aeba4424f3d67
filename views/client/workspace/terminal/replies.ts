/**
 * What xterm says by itself, without a key: answers to a program's questions (device attributes, cursor position, modes, settings,
 * colours, version, size), the mouse, and focus. They belong to the connection on which they were asked for: an answer that comes after a
 * cut is typed into the shell as garbage.
 */
const PASSING = new RegExp(
  [
    "\\[[?>=]?[\\d;]*c",
    "\\[\\??\\d+;\\d+R",
    "\\[\\d*n",
    "\\[\\??\\d+;\\d+\\$y",
    "\\[\\d+;\\d+;\\d+t",
    "\\[<\\d+;\\d+;\\d+[Mm]",
    "\\[[IO]",
    "P[^\\x1b]*\\x1b\\\\",
    "\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)",
  ].join("|"),
  "y",
);

/** Whether `data` is nothing but such words of the terminal itself. */
export function isPassing(data: string): boolean {
  let at = 0;
  while (data[at] === "\x1b") {
    PASSING.lastIndex = at + 1;
    if (!PASSING.test(data)) return false;
    at = PASSING.lastIndex;
  }
  return at > 0 && at === data.length;
}
