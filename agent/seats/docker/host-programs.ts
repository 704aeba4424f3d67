import { Problem } from "../../contract/errors.ts";

/** mkfs of a large image is the slowest: 3 s were seen. */
const PROGRAM_LIMIT_MS = 60_000;
/** Of what a failed program said: its last words name the reason. */
const SAID_LIMIT = 400;

/**
 * Runs one of the machine's own programs (mount, mkfs.ext4, iptables) to its end. The argv is never a shell's; nothing a learner chose is in it.
 * @returns what it printed @throws Problem `UNAVAILABLE` naming `what` and the program's last words
 */
export async function onHost(what: string, argv: readonly string[], input?: string): Promise<string> {
  const finished = await tryOnHost(argv, input);
  if (finished.code === 0) return finished.stdout;
  const said = finished.stderr.trim().slice(-SAID_LIMIT) || `"${argv[0]}" ended with ${finished.code}`;
  throw new Problem("UNAVAILABLE", `cannot ${what}: ${said}`);
}

/** As `onHost`, for programs whose failure is an answer. A program that isn't installed ends with 127. */
export async function tryOnHost(
  argv: readonly string[],
  input?: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = Bun.which(argv[0] ?? "", { PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin` });
  if (!program) return { code: 127, stdout: "", stderr: `"${argv[0]}" is not installed` };
  const child = Bun.spawn([program, ...argv.slice(1)], {
    stdin: input === undefined ? "ignore" : new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin", LC_ALL: "C" },
    timeout: PROGRAM_LIMIT_MS,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}
