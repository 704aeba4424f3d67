import { make } from "../../shared/dom.ts";
import { isMac, wayOf } from "./key-way.ts";
import { type Edit, editBetween } from "./typed-text.ts";

/** A phone's keyboard deletes nothing in an empty field, and says nothing then: there is always something to delete. */
const FILLER = "\u00a0".repeat(20);

export interface KeyFieldOptions {
  /** What became characters only in the field: accents with their letters, an input method's words, a phone's keyboard. */
  onText(edit: Edit): void;
  /** The learner pastes this computer's clipboard. */
  onPaste(text: string): void;
}

/** Phones and tablets: their keyboard comes when it is asked for, not with each tap on a link. */
const isTouch = matchMedia("(pointer: coarse)");

/**
 * The text field that has the keyboard while one works in the seat's browser. Nothing of it is seen: keys go on to the seat, but input
 * methods, dead keys, phones and pastes need a field to work on.
 */
export class KeyField {
  readonly element = make("textarea", {
    ...{ class: "key-field", "aria-label": "Keyboard of the seat’s browser", tabindex: -1, rows: 1 },
    ...{ autocapitalize: "off", autocomplete: "off", autocorrect: "off", spellcheck: "false" },
  });
  readonly #options: KeyFieldOptions;
  /** Of the key that is just handled, when it has one. */
  character: string | undefined;
  #before = FILLER;
  #afterDead = false;

  /** @param screen gets it  @param signal removes it */
  constructor(screen: HTMLElement, options: KeyFieldOptions, signal: AbortSignal) {
    this.#options = options;
    const { element } = this;
    if (isTouch.matches) element.inputMode = "none";
    this.#empty();
    // Capturing, so before whoever else listens to the same field.
    element.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    element.addEventListener("input", (event) => this.#changed(event as InputEvent));
    element.addEventListener("compositionend", () => this.#take());
    element.addEventListener("paste", (event) => this.#pasted(event));
    screen.addEventListener("pointerdown", (event) => this.#follow(event, screen), { capture: true, signal });
    screen.append(element);
    signal.addEventListener("abort", () => element.remove(), { once: true });
  }

  /** A phone's keyboard comes, or goes. @returns whether it is there now */
  toggleKeyboard(): boolean {
    const { element } = this;
    const comes = element.inputMode === "none";
    element.inputMode = comes ? "text" : "none";
    // A keyboard looks at the field only when it gets the focus.
    element.blur();
    element.focus({ preventScroll: !comes });
    return comes;
  }

  #pressed(event: KeyboardEvent): void {
    const way = wayOf(event, { afterDead: this.#afterDead, isMac });
    this.character = [...event.key].length === 1 ? event.key : undefined;
    if (event.key === "Dead") this.#afterDead = true;
    else if (event.key.length === 1 || event.key === "Escape") this.#afterDead = false;
    // What isn't stopped here goes to the seat, and the field never sees it.
    if (way !== "seat") event.stopImmediatePropagation();
  }

  /** A phone's words go letter by letter, to be corrected later; an input method's when they are chosen. */
  #changed({ isComposing }: InputEvent): void {
    if (!isComposing) this.#take();
    else if (isTouch.matches) this.#tell();
  }

  #take(): void {
    this.#tell();
    this.#empty();
  }

  #tell(): void {
    const after = this.element.value;
    const edit = editBetween(this.#before, after);
    this.#before = after;
    if (edit.back > 0 || edit.text) this.#options.onText(edit);
  }

  #empty(): void {
    this.#before = FILLER;
    this.element.value = FILLER;
    this.element.setSelectionRange(FILLER.length, FILLER.length);
  }

  #pasted(event: ClipboardEvent): void {
    event.preventDefault();
    this.#options.onPaste(event.clipboardData?.getData("text/plain") ?? "");
  }

  /** Where one works, an input method shows its choices; what was typed elsewhere isn't corrected any more. */
  #follow({ clientX, clientY }: PointerEvent, screen: HTMLElement): void {
    const { left, top } = screen.getBoundingClientRect();
    this.element.style.left = `${Math.max(0, clientX - left)}px`;
    this.element.style.top = `${Math.max(0, clientY - top)}px`;
    this.#empty();
  }
}
