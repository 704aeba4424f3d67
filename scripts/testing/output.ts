/** What one run of `bun test` said. */
export interface Said {
  passed: number;
  failed: number;
  /** Names of tests that were left out, as printed. */
  skipped: string[];
  /** Failed tests a file: none for what broke outside a test. */
  failures: Map<string, number>;
  /** The runner counted at its end. Without that it crashed, and what came after isn't known. */
  closed: boolean;
  /** The file it was at last. */
  lastFile: string | undefined;
}

/** Reads the runner's plain output, from its first line to its last. */
export function readOutput(text: string): Said {
  const said: Said = { passed: 0, failed: 0, skipped: [], failures: new Map(), closed: false, lastFile: undefined };
  for (const line of text.split("\n")) {
    // Below it the runner names failed tests once more.
    if (/^\d+ tests? failed:$/.test(line)) said.lastFile = undefined;
    const file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1];
    if (file) said.lastFile = file;
    const count = /^ ?(\d+) (pass|fail)$/.exec(line);
    if (count) said[count[2] === "pass" ? "passed" : "failed"] = Number(count[1]);
    const left = /^\((?:skip|todo)\) (.*)/.exec(line)?.[1];
    if (left) said.skipped.push(`${said.lastFile}: ${left}`);
    if (line.startsWith("(fail)") && said.lastFile) said.failures.set(said.lastFile, (said.failures.get(said.lastFile) ?? 0) + 1);
    if (/^Ran \d+ tests? across \d+ files?\./.test(line)) said.closed = true;
  }
  return said;
}
