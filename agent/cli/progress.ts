import { type ChangeView, type TaskView, taskNow } from "../contract/changes.ts";
import { plainLine } from "./plain.ts";
import { type Screen, screenOf } from "./screen.ts";

/** What is done, on one line that is drawn anew; where nobody looks, nothing is. What is said besides stays above it. */
export class ProgressLine {
  readonly #output: NodeJS.WriteStream;
  readonly #screen: Screen;
  readonly #isLive: boolean;
  readonly #timer: Timer | undefined;
  #text: () => string = () => "";

  constructor(output: NodeJS.WriteStream = process.stderr) {
    this.#output = output;
    this.#screen = screenOf(output);
    this.#isLive = output.isTTY === true && process.env.TERM !== "dumb";
    if (this.#isLive) this.#timer = setInterval(() => this.#draw(), SECOND);
  }

  /** @param text asked again each second, for it says how long it takes */
  show(text: () => string): void {
    this.#text = text;
    this.#draw();
  }

  say(line: string): void {
    this.#clear();
    this.#output.write(`${line}\n`);
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#text = () => "";
  }

  #draw(): void {
    if (!this.#isLive) return;
    this.#clear();
    this.#output.write(Bun.sliceAnsi(this.#text(), 0, (this.#screen.columns ?? 0) - 1, "…"));
  }

  #clear(): void {
    if (this.#isLive) this.#output.write("\r\x1b[2K");
  }
}

const SECOND = 1000;

/** `Refresh seat 04  45 %  Set up the project of seat 04  12 s`. */
export function progressText(changes: readonly ChangeView[], since: number): string {
  const tasks = changes.flatMap((change) => change.tasks);
  const done = tasks.reduce((sum, task) => sum + doneOf(task), 0);
  const percent = tasks.length === 0 ? 0 : Math.floor((100 * done) / tasks.length);
  const [first] = changes;
  const what = changes.length === 1 && first ? first.summary : `${changes.length} changes`;
  const at = tasks.find(({ status }) => status === "doing" || status === "undoing");
  return plainLine(
    [what, `${percent} %`, ...(at ? [nowOf(at)] : []), `${Math.round((Date.now() - since) / SECOND)} s`].join("  "),
  );
}

const OVER: ReadonlySet<string> = new Set(["done", "undone", "hold", "error"]);

function doneOf({ status, progress }: TaskView): number {
  if (OVER.has(status)) return 1;
  return status === "doing" && progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
}

const nowOf = (task: TaskView): string => `${task.status === "undoing" ? "Undoing: " : ""}${taskNow(task)}`;
