import { writeSync } from "node:fs";
import { CommandFailure } from "../contract/command-line.ts";
import { TERMINAL_SIZE } from "../contract/terminal.ts";

/** What programs leave a terminal in when they are cut: another screen, the mouse, marked pastes, no cursor, colours. */
const AS_BEFORE = "\x1b[?1049l\x1b[?1000;1002;1003;1006;2004l\x1b[?25h\x1b[0m";

/** A reader that is behind holds us up, and by that the program: nothing is kept for it. */
const AGAIN_MS = 2;

const ENDINGS = { SIGTERM: 143, SIGHUP: 129 } as const;

export interface Size {
  cols: number;
  rows: number;
}

/** Who hears of what happens at it. */
interface Taking {
  /** Nothing more is read until it resolves. */
  keys(bytes: Uint8Array): Promise<void>;
  end(): void;
  resized(size: Size): void;
}

/** The terminal, or the pipes, that this program was started with. */
export class OwnTerminal {
  /** Somebody sits there. */
  readonly isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  /** How the terminal was; undefined while it still is so. */
  #before: string | undefined;

  /** Every key is the program's from now on, Ctrl-C too. However this program ends, the terminal is itself again. */
  take({ keys, end, resized }: Taking): void {
    if (this.isTerminal) {
      // Bun's raw mode goes on changing line ends, which draws a whole screen of stairs.
      this.#before = stty("-g");
      stty("raw", "-echo", "-iexten");
      process.on("exit", () => this.giveBack());
      for (const [name, code] of Object.entries(ENDINGS)) process.once(name, () => process.exit(code));
      process.stdout.on("resize", () => resized(this.size()));
    }
    void (async () => {
      for await (const bytes of process.stdin) await keys(bytes as Uint8Array);
      end();
    })();
  }

  size(): Size {
    const { minCols, maxCols, minRows, maxRows } = TERMINAL_SIZE;
    const within = (n: number, least: number, most: number) => Math.min(most, Math.max(least, n));
    // 0 is what a terminal says that doesn't know.
    const { columns, rows } = process.stdout;
    return { cols: within(columns || 80, minCols, maxCols), rows: within(rows || 24, minRows, maxRows) };
  }

  /** Waits until it is taken. @throws EPIPE when nobody reads any more */
  show(bytes: Uint8Array, output: 1 | 2 = 1): void {
    for (let left = bytes; left.length > 0; ) {
      try {
        left = left.subarray(writeSync(output, left));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        Bun.sleepSync(AGAIN_MS);
      }
    }
  }

  /** @param cut the program didn't end by itself, and left the terminal as it was in the middle of its work */
  giveBack(cut = false): void {
    if (this.#before === undefined) return;
    stty(this.#before);
    this.#before = undefined;
    if (cut) this.show(new TextEncoder().encode(AS_BEFORE));
  }
}

/** The settings of our terminal. @throws CommandFailure when they can't be had */
function stty(...words: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["stty", ...words], { stdin: "inherit", stdout: "pipe", stderr: "pipe" });
  if (exitCode === 0) return stdout.toString().trim();
  throw new CommandFailure(1, `the terminal can't be set: ${stderr.toString().trim()}`);
}
