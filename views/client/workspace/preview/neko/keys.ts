import { keysymOf as characterKeysym } from "../typed-text.ts";
import type { Deed } from "./input.ts";
import { keysymOf } from "./keysyms.ts";

/** Of a `KeyboardEvent`. */
export interface KeyEvent {
  key: string;
  code: string;
  location: number;
  repeat: boolean;
  isComposing: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
  /** Milliseconds; only differences count. */
  timeStamp: number;
  getModifierState(name: string): boolean;
}

/** Windows presses Ctrl before AltGr, within this time: nobody meant it. */
const ALTGR_MS = 50;

const SHIFT = keysymOf({ key: "Shift", code: "", location: 1, command: false }) as number;

/** What is held on the learner's board, told to the seat's. What a key types is what counts, so that every layout is right. */
export class Keys {
  /** By place on the board. `shifted`: Shift was pressed for it and goes with it. */
  readonly #held = new Map<string, { key: number; shifted: boolean; at: number }>();

  /** @param mac its Command is the others' Ctrl, its Option is AltGr, and with Command held it tells of no release */
  constructor(
    readonly send: (deed: Deed) => void,
    readonly mac: boolean,
  ) {}

  /** @returns whether the key is dealt with; the rest goes into text that is composed (dead keys, input methods) */
  down(event: KeyEvent): boolean {
    if (event.isComposing || event.key === "Process" || event.key === "Dead") return false;
    if (event.key === "AltGraph") this.#unmean(event);
    // The seat's screen repeats what is held by itself.
    if (this.#held.has(event.code)) return true;
    const key = this.#keysym(event);
    if (key === undefined) return LOCKS.has(event.key);
    if (!isModifier(event.key)) this.#matchModifiers(event);
    this.#press(event.code, key, event);
    if (this.mac && event.metaKey && event.key !== "Meta") this.#release(event.code);
    return true;
  }

  up({ code }: { code: string }): void {
    this.#release(code);
  }

  /** The keyboard goes elsewhere: nothing stays pressed there. */
  releaseAll(): void {
    for (const code of [...this.#held.keys()]) this.#release(code);
  }

  /** Composed text, a press and a release for each character. */
  type(text: string): void {
    for (const char of text) {
      this.#press(TYPED, characterKeysym(char), { key: char, timeStamp: 0 });
      this.#release(TYPED);
    }
  }

  /** A key that nobody pressed. */
  stroke(key: number): void {
    this.#press(TYPED, key, { key: "", timeStamp: 0 });
    this.#release(TYPED);
  }

  #keysym(event: KeyEvent): number | undefined {
    const { key, code, location } = event;
    if (this.mac && key === "Alt") return undefined;
    const command = (event.ctrlKey || event.metaKey || (event.altKey && !this.mac)) && !event.getModifierState("AltGraph");
    return keysymOf({ key: this.mac && key === "Meta" ? "Control" : key, code, location, command });
  }

  #press(code: string, key: number, { key: typed, timeStamp }: Pick<KeyEvent, "key" | "timeStamp">): void {
    // Locks stay here: a capital by Caps Lock is one by Shift there.
    const shifted = isCapital(typed) && !this.#holds("Shift");
    this.#held.set(code, { key, shifted, at: timeStamp });
    if (shifted) this.send({ is: "keydown", key: SHIFT });
    this.send({ is: "keydown", key });
  }

  #release(code: string): void {
    const held = this.#held.get(code);
    if (!held) return;
    this.#held.delete(code);
    this.send({ is: "keyup", key: held.key });
    if (held.shifted) this.send({ is: "keyup", key: SHIFT });
  }

  /** What was pressed before the keyboard came here, or let go of by a paste, is pressed now. */
  #matchModifiers(event: KeyEvent): void {
    if (event.getModifierState("AltGraph")) return;
    const wanted = { Control: event.ctrlKey || (this.mac && event.metaKey), Shift: event.shiftKey };
    const more = this.mac ? {} : { Alt: event.altKey, Meta: event.metaKey };
    for (const [name, held] of Object.entries({ ...wanted, ...more })) {
      const key = keysymOf({ key: name, code: "", location: 1, command: false });
      if (held && key !== undefined && !this.#holds(name)) this.#press(`${name}Left`, key, { key: name, timeStamp: 0 });
    }
  }

  #holds(name: string): boolean {
    if (this.mac && name === "Control" && (this.#held.has("MetaLeft") || this.#held.has("MetaRight"))) return true;
    return this.#held.has(`${name}Left`) || this.#held.has(`${name}Right`);
  }

  #unmean({ timeStamp }: KeyEvent): void {
    const control = this.#held.get("ControlLeft");
    if (control && timeStamp - control.at < ALTGR_MS) this.#release("ControlLeft");
  }
}

/** No key is there. */
const TYPED = "";

const LOCKS = new Set(["CapsLock", "NumLock", "AltGraph"]);
const isModifier = (key: string): boolean => ["Shift", "Control", "Alt", "Meta"].includes(key);
const isCapital = (key: string): boolean => [...key].length === 1 && key !== key.toLowerCase();
