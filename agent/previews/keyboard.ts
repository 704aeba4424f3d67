import { SEAT_CHARACTERS } from "../contract/seat-keyboard.ts";
import type { SeatHandle } from "../seats/seat.ts";

/** By their names in the X keyboard's own list: keys that no program gives a meaning by their place. */
const SPARE_KEYS = [
  ...numbered("FK", 13, 24),
  ...[
    "AB11",
    "AE13",
    "KATA",
    "HIRA",
    "HENK",
    "I120",
    "I126",
    "I147",
    "I149",
    "I165",
    "I168",
    "I170",
    "I177",
    "I178",
    "I189",
    "I190",
  ],
  ...[...numbered("I", 153, 162), ...numbered("I", 182, 186), "I208", ...numbered("I", 210, 214), ...numbered("I", 217, 224)],
  ...[...numbered("I", 226, 231), "I234", ...numbered("I", 242, 250)],
];

/** Of one key: alone, with Shift, with AltGr, with both. */
const LEVELS = 4;

function numbered(name: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${name}${first + i}`);
}

/** The keyboard of a seat's screen, as xkbcomp reads it: an American one, and a key for each letter that it lacks. */
export function keyboardMap(): string {
  const keys = SPARE_KEYS.map((name, i) => key(name, SEAT_CHARACTERS.slice(i * LEVELS, (i + 1) * LEVELS)));
  const symbols = `include "pc+us+level3(ralt_switch)" ${keys.join(" ")}`;
  return `xkb_keymap {
  xkb_keycodes { include "evdev+aliases(qwerty)" };
  xkb_types { include "complete" };
  xkb_compat { include "complete" };
  xkb_symbols { ${symbols} };
};`;
}

function key(name: string, characters: readonly string[]): string {
  if (characters.length === 0) return "";
  return `key <${name}> { type = "FOUR_LEVEL", [ ${characters.map(symbol).join(", ")} ] };`;
}

function symbol(character: string): string {
  return `U${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Gives a screen that is up its keyboard. Where that fails it has X's own, on which less can be typed. */
export async function giveKeyboard(seat: SeatHandle, env: Record<string, string>): Promise<void> {
  const load = 'printf %s "$1" | xkbcomp -w0 - "$DISPLAY"';
  await seat.exec(["sh", "-c", load, "sh", keyboardMap()], { env }).catch(() => {});
}

/** So many characters have a place on it. */
export const PLACES = SPARE_KEYS.length * LEVELS;
