import { recall, remember } from "../remember.ts";
import { type TerminalLook, usualTextSize } from "./terminal.ts";

/** Below, letters run together; above, 80 columns fit on no screen. */
const SMALLEST = 8;
const LARGEST = 32;

/** The text's size and the screen reader's mode: this browser's, for all terminals, until they are changed. */
export class LookChoice {
  #textSize = recall<number | undefined>("terminal.text", undefined);
  #screenReader = recall("terminal.reader", false);

  constructor(private readonly changed: (look: TerminalLook) => void) {}

  get look(): TerminalLook {
    return { textSize: this.#textSize ?? usualTextSize(), screenReader: this.#screenReader };
  }

  resize = (step: number | "usual"): void => {
    const next = step === "usual" ? undefined : Math.min(LARGEST, Math.max(SMALLEST, this.look.textSize + step));
    this.#textSize = next;
    remember("terminal.text", next);
    this.changed(this.look);
  };

  toggleScreenReader(): void {
    this.#screenReader = !this.#screenReader;
    remember("terminal.reader", this.#screenReader || undefined);
    this.changed(this.look);
  }
}
