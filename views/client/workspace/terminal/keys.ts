import { make } from "../../shared/dom.ts";

/** Keys by name, as `terminal.typeKey` knows them. */
export type KeyName = "Escape" | "Tab" | "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

export interface Keyboard {
  typeKey(name: KeyName): void;
  /** The next character typed is a control character. `onRelease` is called when it was. */
  holdCtrl(held: boolean, onRelease: () => void): void;
  pasteFromClipboard(): Promise<void>;
}

/** A key that is held repeats, as on a keyboard. */
const REPEAT_AFTER_MS = 400;
const REPEAT_EVERY_MS = 60;

const KEYS: readonly (readonly [label: string, name: KeyName | "Ctrl" | "Paste", spoken: string])[] = [
  ["Esc", "Escape", "Esc"],
  ["Tab", "Tab", "Tab"],
  ["Ctrl", "Ctrl", "Ctrl, for the next key"],
  ["↑", "ArrowUp", "Up"],
  ["↓", "ArrowDown", "Down"],
  ["←", "ArrowLeft", "Left"],
  ["→", "ArrowRight", "Right"],
  ["Paste", "Paste", "Paste"],
];

/** Fills `row` with the keys that phones lack. They leave the focus, and so the phone's own keyboard, where they are. */
export function terminalKeys(row: HTMLElement, keyboard: Keyboard): void {
  const buttons = KEYS.map(([label, name, spoken]) => {
    const key = make("button", { type: "button", "aria-label": spoken, "data-key": name }, label);
    key.addEventListener("pointerdown", (event) => event.preventDefault());
    if (name === "Ctrl") sticky(key, keyboard);
    else if (name === "Paste") key.addEventListener("click", () => void keyboard.pasteFromClipboard());
    else repeating(key, () => keyboard.typeKey(name));
    return key;
  });
  row.replaceChildren(...buttons);
}

function sticky(key: HTMLButtonElement, keyboard: Keyboard): void {
  const press = (held: boolean) => key.setAttribute("aria-pressed", String(held));
  press(false);
  key.addEventListener("click", () => {
    const held = key.getAttribute("aria-pressed") !== "true";
    press(held);
    keyboard.holdCtrl(held, () => press(false));
  });
}

function repeating(key: HTMLButtonElement, type: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let repeated = false;
  const again = () => {
    repeated = true;
    type();
    timer = setTimeout(again, REPEAT_EVERY_MS);
  };
  key.addEventListener("pointerdown", () => {
    repeated = false;
    timer = setTimeout(again, REPEAT_AFTER_MS);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) key.addEventListener(end, () => clearTimeout(timer));
  // By click, so that a keyboard and a screen reader press it too; one that already repeated isn't a press any more.
  key.addEventListener("click", () => {
    if (!repeated) type();
    repeated = false;
  });
  key.addEventListener("contextmenu", (event) => event.preventDefault());
}

/** The bytes of a key, which depend on what the program asked the cursor keys to be. */
export function keySequence(name: KeyName, applicationCursor: boolean): string {
  if (name === "Escape") return "\x1b";
  if (name === "Tab") return "\t";
  const letter = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D" }[name];
  return `\x1b${applicationCursor ? "O" : "["}${letter}`;
}

/** `c` → Ctrl-C; what has no control character stays itself. */
export function withCtrl(text: string): string {
  const code = text.toUpperCase().charCodeAt(0);
  if (text.length !== 1) return text;
  if (code >= 0x40 && code <= 0x5f) return String.fromCharCode(code & 0x1f);
  if (text === " ") return "\x00";
  return text === "?" ? "\x7f" : text;
}
