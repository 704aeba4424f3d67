import { latinKey } from "../key-way.ts";
import { keysymOf as characterKeysym } from "../typed-text.ts";

/** What a press of a key says; a `KeyboardEvent` is one. */
export interface KeyPress {
  /** What it types here, or its name. */
  key: string;
  /** Where it is on the board. */
  code: string;
  /** 0 standard, 1 left, 2 right, 3 keypad. */
  location: number;
  /** Keys that make a command of others are held. */
  command: boolean;
}

/** The X keysym of a pressed key, by what it types: no layout has to be known. @returns undefined for what types nothing by itself */
export function keysymOf({ key, code, location, command }: KeyPress): number | undefined {
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
  if (named !== undefined) return named + (location === 2 && SIDED.has(key) ? 1 : 0);
  if (/^F\d{1,2}$/.test(key)) return F1 + Number(key.slice(1)) - 1;
  if ([...key].length !== 1) return undefined;
  return characterKeysym(command ? latinKey({ key, code }) : key);
}

const F1 = 0xffbe;

/** Where the one to the right is the next number. */
const SIDED = new Set(["Shift", "Control", "Alt", "Meta"]);

/** By the names of `KeyboardEvent.key`. Locks and AltGraph are missing on purpose: what a key types comes with them applied. */
const NAMED: Record<string, number> = {
  ...{ Backspace: 0xff08, Tab: 0xff09, Clear: 0xff0b, Enter: 0xff0d, Pause: 0xff13, ScrollLock: 0xff14, Escape: 0xff1b },
  ...{
    Home: 0xff50,
    ArrowLeft: 0xff51,
    ArrowUp: 0xff52,
    ArrowRight: 0xff53,
    ArrowDown: 0xff54,
    PageUp: 0xff55,
    PageDown: 0xff56,
  },
  ...{ End: 0xff57, PrintScreen: 0xff61, Insert: 0xff63, ContextMenu: 0xff67, Help: 0xff6a, Delete: 0xffff },
  ...{ Shift: 0xffe1, Control: 0xffe3, Alt: 0xffe9, Meta: 0xffeb },
  ...{ BrowserBack: 0x1008ff26, BrowserForward: 0x1008ff27, BrowserRefresh: 0x1008ff29, BrowserHome: 0x1008ff18 },
};
