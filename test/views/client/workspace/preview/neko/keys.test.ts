import { expect, test } from "bun:test";
import { type KeyEvent, Keys } from "../../../../../../views/client/workspace/preview/neko/keys.ts";
import { keysymOf } from "../../../../../../views/client/workspace/preview/neko/keysyms.ts";

const plain = { location: 0, command: false };

test.each<[string, string, number | undefined]>([
  ["a", "KeyA", 0x61],
  ["ß", "Minus", 0xdf],
  ["€", "KeyE", 0x0100_20ac],
  ["я", "KeyZ", 0x0100_044f],
  ["😀", "", 0x0101_f600],
  ["Enter", "Enter", 0xff0d],
  ["Enter", "NumpadEnter", 0xff0d],
  ["F12", "F12", 0xffc9],
  ["ArrowLeft", "ArrowLeft", 0xff51],
  ["Dead", "Backquote", undefined],
  ["Unidentified", "", undefined],
  ["CapsLock", "CapsLock", undefined],
  ["constructor", "", undefined],
])("the keysym of %s", (key, code, keysym) => {
  expect(keysymOf({ key, code, ...plain })).toBe(keysym);
});

test("right ones are other keys than left ones, and a command of another alphabet is meant by its place", () => {
  const shift = (location: number) => keysymOf({ key: "Shift", code: "", location, command: false });
  expect([shift(1), shift(2)]).toEqual([0xffe1, 0xffe2]);
  expect(keysymOf({ key: "с", code: "KeyC", location: 0, command: true })).toBe("c".charCodeAt(0));
});

/** A board whose strokes are `a`, `+Shift`, `-Shift`: pressed, released, or both. */
function board({ mac = false } = {}) {
  const sent: string[] = [];
  const keys = new Keys(
    (deed) => "key" in deed && sent.push(`${deed.is === "keydown" ? "+" : "-"}${deed.key.toString(16)}`),
    mac,
  );
  const press = (key: string, code: string, more: Partial<KeyEvent> & { modifiers?: string[] } = {}) => {
    const { modifiers = [], ...rest } = more;
    const none = {
      location: 0,
      repeat: false,
      isComposing: false,
      ctrlKey: false,
      altKey: false,
      shiftKey: false,
      metaKey: false,
    };
    return keys.down({ ...none, timeStamp: 10_000, getModifierState: (name) => modifiers.includes(name), key, code, ...rest });
  };
  return { sent, keys, press, up: (code: string) => keys.up({ code }) };
}

test("a key is let go of as what it was pressed as, once, whatever was released before it", () => {
  const { sent, press, up } = board();
  press("Shift", "ShiftLeft", { location: 1, shiftKey: true });
  press("A", "KeyA", { shiftKey: true });
  press("A", "KeyA", { shiftKey: true, repeat: true });
  up("ShiftLeft");
  up("KeyA");
  up("KeyA");
  expect(sent).toEqual(["+ffe1", "+41", "-ffe1", "-41"]);
});

test("nothing stays pressed when the keyboard goes elsewhere", () => {
  const { sent, press, keys } = board();
  press("Control", "ControlLeft", { location: 1, ctrlKey: true });
  press("a", "KeyA", { ctrlKey: true });
  keys.releaseAll();
  expect(sent).toEqual(["+ffe3", "+61", "-ffe3", "-61"]);
});

test("the Ctrl that Windows presses before AltGr isn't one", () => {
  const { sent, press } = board();
  press("Control", "ControlLeft", { location: 1, ctrlKey: true, timeStamp: 500 });
  press("AltGraph", "AltRight", { location: 2, timeStamp: 501, modifiers: ["AltGraph"] });
  press("@", "KeyQ", { ctrlKey: true, altKey: true, modifiers: ["AltGraph"] });
  expect(sent).toEqual(["+ffe3", "-ffe3", "+40"]);
});

test("a capital by Caps Lock is one by Shift there, for as long as it is held", () => {
  const { sent, press, up } = board();
  expect(press("CapsLock", "CapsLock")).toBe(true);
  press("Q", "KeyQ");
  up("KeyQ");
  expect(sent).toEqual(["+ffe1", "+51", "-51", "-ffe1"]);
});

test("what was held before the keyboard came is pressed with the next key", () => {
  const { sent, press } = board();
  press("c", "KeyC", { ctrlKey: true });
  expect(sent).toEqual(["+ffe3", "+63"]);
});

test("dead keys and input methods go into text; what they make is typed", () => {
  const { sent, press, keys } = board();
  expect(press("Dead", "BracketLeft")).toBe(false);
  expect(press("Process", "KeyN")).toBe(false);
  expect(press("ê", "KeyE", { isComposing: true })).toBe(false);
  keys.type("êÀ");
  expect(sent).toEqual(["+ea", "-ea", "+ffe1", "+c0", "-c0", "-ffe1"]);
});

test("on a Mac Command is Ctrl and held by nothing longer than it is, and Option is part of what it types", () => {
  const { sent, press, up } = board({ mac: true });
  press("Meta", "MetaLeft", { location: 1, metaKey: true });
  press("c", "KeyC", { metaKey: true });
  up("MetaLeft");
  press("Alt", "AltLeft", { location: 1, altKey: true });
  press("@", "KeyL", { altKey: true });
  expect(sent).toEqual(["+ffe3", "+63", "-63", "-ffe3", "+40"]);
});
