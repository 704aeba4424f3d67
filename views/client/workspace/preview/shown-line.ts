import { one } from "../../shared/dom.ts";
import { setLine } from "../lines.ts";
import { hideEmpty, sayEmpty, showStarting } from "./empty.ts";

/** So many connections without a picture: it isn't just slow. */
const PATIENCE = 5;

/** What the pane says of the line to what it shows: until there is a picture, while there is, and when it is lost. */
export class ShownLine {
  #seenAt: Date | undefined;
  #failed = 0;
  /** What the agent said when it closed the line. */
  #held: string | undefined;

  /** Whether there was a picture, which is looked at on. */
  get wasThere(): boolean {
    return this.#seenAt !== undefined;
  }

  begun(): void {
    if (!this.#seenAt) showStarting();
  }

  /** There is a picture of now. */
  connected(): void {
    this.#seenAt = new Date();
    this.#failed = 0;
    this.#held = undefined;
    setLine("preview", "open");
    hideEmpty();
  }

  /** There is none of now. */
  say(): void {
    setLine("preview", this.#seenAt ? "lost" : "connecting", this.#held ?? this.#lostText());
  }

  /** It is tried once more. */
  failed(): void {
    if (!this.#seenAt && ++this.#failed >= PATIENCE)
      sayEmpty("Your browser doesn’t come up.", "It is tried again and again; tell your instructor if this stays.");
  }

  heldBack(why: string): void {
    this.#held = why;
    if (this.#seenAt) this.say();
    else one("[data-preview-text]").textContent = why;
  }

  /** Nothing is asked for. */
  off(): void {
    setLine("preview", "off");
  }

  #lostText(): string {
    return this.#seenAt ? `Reconnecting. The picture is from ${this.#seenAt.toTimeString().slice(0, 8)}.` : "Reconnecting.";
  }
}
