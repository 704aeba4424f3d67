import { hasKey } from "../../../../agent/contract/seat-keyboard.ts";

/** X keysyms of what a text field makes of keys that have no character. */
const KEYSYMS: Record<string, number> = { "\n": 0xff0d, "\t": 0xff09, "\b": 0xff08 };

/** Above Latin-1 a keysym is the character's number with this bit. */
const UNICODE_KEYSYM = 0x01000000;
const LAST_OF_LATIN_1 = 0xff;

export const BACKSPACE = 0xff08;

/** @param character one code point */
export function keysymOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return KEYSYMS[character] ?? (code > LAST_OF_LATIN_1 ? UNICODE_KEYSYM | code : code);
}

/** Whether it can be typed key by key; otherwise it is pasted. */
export const isTypable = (text: string): boolean => [...text].every(hasKey);

export interface Edit {
  /** So many characters go away at the end. */
  back: number;
  /** Then these come. */
  text: string;
}

/** What a phone's keyboard did to the field: words are corrected while they are written. Counted in code points. */
export function editBetween(before: string, after: string): Edit {
  const [old, now] = [[...before], [...after]];
  const differs = old.findIndex((character, i) => character !== now[i]);
  const same = differs < 0 ? old.length : differs;
  return { back: old.length - same, text: now.slice(same).join("") };
}
