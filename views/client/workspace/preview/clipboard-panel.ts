import { act, one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";

const REFUSED = "Your own browser doesn’t let this page write there. It is behind “Clipboard of the browser”, above the picture.";

/** What was copied in the seat's browser, to read and take along, and a place for what is to be pasted there. */
export class ClipboardPanel {
  readonly #text = one<HTMLTextAreaElement>("[data-clipboard-text]");

  /** @param written is called with the whole text whenever the learner changed it */
  constructor(written: (text: string) => void) {
    act("preview-clipboard", (button) => this.#toggle(button));
    this.#text.addEventListener("input", () => written(this.#text.value));
  }

  show(text: string): void {
    this.#text.value = text;
  }

  /** Whether what is copied in the seat's browser gets further than here. */
  sayFurther(isIn: boolean): void {
    const said = one("[data-clipboard-refused]");
    if (!isIn && said.hidden) toast("What you copied isn’t in your computer’s clipboard.", REFUSED);
    said.hidden = isIn;
  }

  #toggle(button: HTMLElement): void {
    const panel = one("[data-clipboard]");
    const { right, bottom } = button.getBoundingClientRect();
    panel.style.top = `${bottom + 6}px`;
    panel.style.right = `${Math.max(8, innerWidth - right)}px`;
    panel.togglePopover();
    this.#text.focus();
  }
}
