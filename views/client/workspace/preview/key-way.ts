import { hasKey } from "../../../../agent/contract/seat-keyboard.ts";

/** Where a pressed key goes: to the seat as a key; into the text field, which makes characters of it; or it asks for a paste. */
export type KeyWay = "seat" | "field" | "paste";

export type Pressed = Pick<
  KeyboardEvent,
  "key" | "code" | "keyCode" | "isComposing" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey"
>;

/** Shortcuts have the command key there. Read without a browser, too. */
export const isMac = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");

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
  return (isMac ? metaKey && !ctrlKey : ctrlKey && !metaKey) && latinKey(pressed).toLowerCase() === "v";
}

/** Beyond it are other scripts, and letters in the place of digits. */
const LATIN_1_END = "\u00ff";

/** The character of a shortcut, also on a board whose letters are Greek or Cyrillic: programs know theirs by Latin ones, so the key's place counts. */
export function latinKey({ key, code }: Pick<Pressed, "key" | "code">): string {
  const isForeign = [...key].length === 1 && key > LATIN_1_END;
  const place = /^(?:Key|Digit)([A-Z\d])$/.exec(code)?.[1];
  return isForeign && place !== undefined ? place.toLowerCase() : key;
}
