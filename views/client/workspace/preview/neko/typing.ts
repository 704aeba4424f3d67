import { KeyField } from "../key-field.ts";
import { isMac } from "../key-way.ts";
import { BACKSPACE, type Edit, isTypable } from "../typed-text.ts";
import type { Deed } from "./input.ts";
import { Keys } from "./keys.ts";

export interface TypingOptions {
  /** Where the field for the keyboard is put. */
  stage: HTMLElement;
  send(deed: Deed): void;
  /** Text that keys can't type one by one, or that is pasted; an empty one pastes what the seat itself has. */
  paste(text: string): void;
  signal: AbortSignal;
}

/** The keyboard over live video: keys go on as they are, and what only a field makes text of as text. */
export class Typing {
  readonly #field: KeyField;
  readonly #keys: Keys;

  constructor(readonly options: TypingOptions) {
    const { stage, send, signal } = options;
    this.#keys = new Keys(send, isMac);
    this.#field = new KeyField(stage, { onText: (edit) => this.#type(edit), onPaste: (text) => this.#paste(text) }, signal);
    const { element } = this.#field;
    element.addEventListener("keydown", (event) => this.#keys.down(event) && event.preventDefault(), { signal });
    element.addEventListener("keyup", (event) => this.#keys.up(event), { signal });
    element.addEventListener("blur", () => this.#keys.releaseAll(), { signal });
  }

  focus(): void {
    this.#field.element.focus({ preventScroll: true });
  }

  toggleKeyboard(): boolean {
    return this.#field.toggleKeyboard();
  }

  releaseAll(): void {
    this.#keys.releaseAll();
  }

  #type({ back, text }: Edit): void {
    for (let i = 0; i < back; i++) this.#keys.stroke(BACKSPACE);
    if (isTypable(text)) this.#keys.type(text);
    else this.options.paste(text);
  }

  /** neko presses its own keys for it: those of a shortcut would be among them. */
  #paste(text: string): void {
    this.#keys.releaseAll();
    this.options.paste(text);
  }
}
