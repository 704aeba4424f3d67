/** What one run of `bun test` said. */
export interface Said {
  passed: number;
  failed: number;
  /** Names of tests that were left out, as printed. */
  skipped: string[];
  /** Failed tests by file: none for what broke outside a test. */
  failures: Map<string, Failure[]>;
  /** What broke outside a test: where a file is read, and after a test's end. */
  outside: Failure[];
  /** The runner counted at its end. Without that it crashed, and what came after isn't known. */
  closed: boolean;
  /** The file it was at last. */
  lastFile: string | undefined;
}

export interface Failure {
  /** As printed. */
  name: string;
  /** What the runner printed since the test before, its end. */
  why: string;
}

/** Whoever has only the end of what the gate printed must see in it what failed: a dozen of these fit. */
const WHY_LINES = 25;

const OUTSIDE = "# Unhandled error between tests";
/** Above and below such an error. */
const RULE = /^-{20,}$/;

/** Reads the runner's plain output, from its first line to its last. */
export function readOutput(text: string): Said {
  const said: Said = { passed: 0, failed: 0, skipped: [], failures: new Map(), outside: [], closed: false, lastFile: undefined };
  let since: string[] = [];
  for (const line of text.split("\n")) {
    // Below it the runner names failed tests once more.
    if (/^\d+ tests? failed:$/.test(line)) said.lastFile = undefined;
    const file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1];
    if (file) said.lastFile = file;
    const count = /^ ?(\d+) (pass|fail)$/.exec(line);
    if (count) said[count[2] === "pass" ? "passed" : "failed"] = Number(count[1]);
    const left = /^\((?:skip|todo)\) (.*)/.exec(line)?.[1];
    if (left) said.skipped.push(`${said.lastFile}: ${left}`);
    const failed = /^\(fail\) (.*)/.exec(line)?.[1];
    if (failed !== undefined && said.lastFile) {
      const failure = { name: failed, why: since.slice(-WHY_LINES).join("\n") };
      said.failures.set(said.lastFile, [...(said.failures.get(said.lastFile) ?? []), failure]);
    }
    if (RULE.test(line) && since.includes(OUTSIDE) && since.some((before) => RULE.test(before)))
      said.outside.push({ name: `${said.lastFile}: outside of a test`, why: since.splice(0).join("\n") });
    since = file || /^\((pass|fail|skip|todo)\) /.test(line) ? [] : [...since.slice(1 - WHY_LINES), line];
    if (/^Ran \d+ tests? across \d+ files?\./.test(line)) said.closed = true;
  }
  return said;
}
