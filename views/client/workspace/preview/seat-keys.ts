import { isMac, latinKey } from "./key-way.ts";
import { keysymOf } from "./typed-text.ts";

const CONTROL_LEFT = 0xffe3;
const CONTROL_RIGHT = 0xffe4;

const isControl = (keysym: number) => keysym === CONTROL_LEFT || keysym === CONTROL_RIGHT;

/** What a Mac has its shortcuts by is Control to the seat's browser. */
const isCommand = (code: string) => code === "MetaLeft" || code === "MetaRight";

/** What the seat is told of keys: mostly what they are, but shortcuts are to be those of its browser, on any keyboard. */
export class SeatKeys {
  /** By the key's place: what goes up is what went down. */
  readonly #down = new Map<string, number>();

  constructor(readonly mac = isMac) {}

  /**
   * @param character of the key that goes down, when it has one: many have two keysyms, and the seat's keyboard knows the one by number
   * @returns the keysym for the seat
   */
  sent(keysym: number, code: string, down: boolean, character?: string): number {
    const now = this.#down.get(code) ?? this.#meant(keysym, code, character);
    if (down) this.#down.set(code, now);
    else this.#down.delete(code);
    return now;
  }

  #meant(keysym: number, code: string, character?: string): number {
    if (this.mac && isCommand(code)) return CONTROL_LEFT;
    if (character === undefined) return keysym;
    const isShortcut = [...this.#down.values()].some(isControl);
    // Letters of another script: there the key's place says which shortcut it is.
    return keysymOf(isShortcut ? latinKey({ key: character, code }) : character);
  }
}
