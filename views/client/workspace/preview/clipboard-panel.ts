import { one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";

const REFUSED = "Your own browser doesn’t let this page write there. It is behind “Clipboard of the browser”, above the picture.";

/** What was copied in the seat's browser, to read and take along, and a place for what is to be pasted there. */
export class ClipboardPanel {
  readonly #text = one<HTMLTextAreaElement>("[data-clipboard-text]");

  /** @param written is called with the whole text whenever the learner changed it */
  constructor(written: (text: string) => void) {
    this.#opensBy(one('[data-act="preview-clipboard"]'));
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

  /** The panel's own button: a press on another one, which the browser takes for one elsewhere, would close it and open it again. */
  #opensBy(button: HTMLButtonElement): void {
    const panel = one("[data-clipboard]");
    button.popoverTargetElement = panel;
    panel.addEventListener("beforetoggle", () => {
      const { right, bottom } = button.getBoundingClientRect();
      panel.style.setProperty("--below", `${bottom + 6}px`);
      panel.style.setProperty("--from-right", `${innerWidth - right}px`);
    });
    panel.addEventListener("toggle", ({ newState }) => void (newState === "open" && this.#text.focus()));
  }
}
