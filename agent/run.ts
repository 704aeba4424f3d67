import { plain } from "./cli/plain.ts";
import { CommandFailure, type Program, runCommandLine, USAGE_EXIT_CODE, UsageProblem } from "./contract/command-line.ts";

/** Does what this process was asked for; what went wrong is said in a sentence, and ends it. */
export function run(program: Program): Promise<void> {
  return runCommandLine(program, process.argv.slice(2)).catch((error: unknown) => {
    // On a terminal Bun's console would print it in red, whatever NO_COLOR says.
    process.stderr.write(`${plain(error instanceof Error ? error.message : String(error))}\n`);
    process.exit(codeOf(error));
  });
}

function codeOf(error: unknown): number {
  if (error instanceof UsageProblem) return USAGE_EXIT_CODE;
  return error instanceof CommandFailure ? error.exitCode : 1;
}
