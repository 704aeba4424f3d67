import { hasKey } from "../../../../agent/contract/seat-keyboard.ts";

/** Where a pressed key goes: to the seat as a key; into the text field, which makes characters of it; or it asks for a paste. */
export type KeyWay = "seat" | "field" | "paste";

export type Pressed = Pick<
  KeyboardEvent,
  "key" | "code" | "keyCode" | "isComposing" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey"
>;

/** What every browser says instead of a key while an input method, or a phone's keyboard, works on it. */
const COMPOSING = 229;

/**
 * @param afterDead an accent was pressed that waits for its letter
 * @param isMac there shortcuts have the command key
 */
export function wayOf(pressed: Pressed, { afterDead, isMac }: { afterDead: boolean; isMac: boolean }): KeyWay {
  const { key, code, isComposing, keyCode, ctrlKey, metaKey } = pressed;
  if (isComposing || keyCode === COMPOSING || key === "Dead" || key === "Process") return "field";
  if (key === "Unidentified" && code === "") return "field";
  if (isPaste(pressed, isMac)) return "paste";
  const isCharacter = [...key].length === 1 && !ctrlKey && !metaKey;
  return isCharacter && (afterDead || !hasKey(key)) ? "field" : "seat";
}

function isPaste(pressed: Pressed, isMac: boolean): boolean {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = pressed;
  if (altKey) return false;
  if (key === "Insert") return shiftKey && !ctrlKey && !metaKey;
  return (isMac ? metaKey && !ctrlKey : ctrlKey && !metaKey) && latinKey(pressed) === "v";
}

/** The letter of a shortcut, also on a keyboard whose letters are Greek or Cyrillic: there it is the key's place that counts. */
export function latinKey({ key, code }: Pick<Pressed, "key" | "code">): string {
  const isForeign = [...key].length === 1 && key > "\u024f";
  return (isForeign && /^Key[A-Z]$/.test(code) ? code.slice(3) : key).toLowerCase();
}
