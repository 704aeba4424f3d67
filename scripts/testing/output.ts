/** What one run of `bun test` said. */
export interface Said {
  passed: number;
  failed: number;
  /** Names of tests that were left out, as printed. */
  skipped: string[];
  /** What failed by file: tests, and what broke outside of one, where a file is read or after a test's end. */
  failures: Map<string, Failure[]>;
  /** The runner counted at its end. Without that it crashed, and what came after isn't known. */
  closed: boolean;
  /** The files that it began, in its order. */
  begun: string[];
}

export interface Failure {
  /** As printed. */
  name: string;
  /** What the runner printed since the test before, its end. */
  why: string;
}

/** Whoever has only the end of what the gate printed must see in it what failed: a dozen of these fit. */
const WHY_LINES = 25;

/** In place of a file that isn't known. */
export const NO_FILE = "no file";

const OUTSIDE = "# Unhandled error between tests";
/** Above and below such an error. */
const RULE = /^-{20,}$/;

/** Reads the runner's plain output, from its first line to its last. */
export function readOutput(text: string): Said {
  const said: Said = { passed: 0, failed: 0, skipped: [], failures: new Map(), closed: false, begun: [] };
  let since: string[] = [];
  let inFile: string | undefined;
  const fail = (file: string, failure: Failure) => said.failures.set(file, [...(said.failures.get(file) ?? []), failure]);
  for (const line of text.split("\n")) {
    // Below it the runner names failed tests once more.
    if (/^\d+ tests? failed:$/.test(line)) inFile = undefined;
    const file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1];
    if (file) {
      inFile = file;
      said.begun.push(file);
    }
    const count = /^ ?(\d+) (pass|fail)$/.exec(line);
    if (count) said[count[2] === "pass" ? "passed" : "failed"] = Number(count[1]);
    const left = /^\((?:skip|todo)\) (.*)/.exec(line)?.[1];
    if (left) said.skipped.push(`${inFile}: ${left}`);
    const failed = /^\(fail\) (.*)/.exec(line)?.[1];
    if (failed !== undefined && inFile) fail(inFile, { name: failed, why: since.slice(-WHY_LINES).join("\n") });
    if (RULE.test(line) && since.includes(OUTSIDE) && since.some((before) => RULE.test(before)))
      fail(inFile ?? NO_FILE, { name: "outside of a test", why: since.splice(0).join("\n") });
    since = file || /^\((pass|fail|skip|todo)\) /.test(line) ? [] : [...since.slice(1 - WHY_LINES), line];
    if (/^Ran \d+ tests? across \d+ files?\./.test(line)) said.closed = true;
  }
  return said;
}
