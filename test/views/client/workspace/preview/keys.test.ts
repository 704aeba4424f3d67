import { describe, expect, test } from "bun:test";
import { type KeyWay, latinKey, type Pressed, wayOf } from "../../../../../views/client/workspace/preview/key-way.ts";
import { editBetween, isTypable, keysymOf } from "../../../../../views/client/workspace/preview/typed-text.ts";

const pressed = (event: Partial<Pressed>): Pressed => ({
  ...{ key: "a", code: "KeyA", keyCode: 65, isComposing: false },
  ...{ ctrlKey: false, altKey: false, metaKey: false, shiftKey: false },
  ...event,
});

describe("which way a key goes", () => {
  const pc: [string, Partial<Pressed>, KeyWay][] = [
    ["a letter", {}, "seat"],
    ["an umlaut of a German keyboard", { key: "ö", code: "Semicolon" }, "seat"],
    ["@ by AltGr on Linux", { key: "@", code: "KeyQ" }, "seat"],
    ["@ by AltGr on Windows, which says Ctrl and Alt", { key: "@", code: "KeyQ", ctrlKey: true, altKey: true }, "seat"],
    ["é of a French keyboard", { key: "é", code: "Digit2" }, "seat"],
    ["a letter that the seat's keyboard hasn't", { key: "א", code: "KeyT" }, "field"],
    ["an accent that waits for its letter", { key: "Dead", code: "BracketLeft" }, "field"],
    ["a key in an input method's hands", { key: "k", isComposing: true }, "field"],
    ["the same on Windows", { key: "Process", keyCode: 229 }, "field"],
    ["the same on a phone", { key: "Unidentified", code: "", keyCode: 229 }, "field"],
    ["a phone's Enter", { key: "Enter", code: "", keyCode: 13 }, "seat"],
    ["a shortcut", { key: "c", code: "KeyC", ctrlKey: true }, "seat"],
    ["a paste", { key: "v", code: "KeyV", ctrlKey: true }, "paste"],
    ["a paste without its format", { key: "V", code: "KeyV", ctrlKey: true, shiftKey: true }, "paste"],
    ["a paste on a Russian keyboard", { key: "м", code: "KeyV", ctrlKey: true }, "paste"],
    ["a paste on a Dvorak keyboard, whose v lies elsewhere", { key: "v", code: "Period", ctrlKey: true }, "paste"],
    ["what lies there on it", { key: "k", code: "KeyV", ctrlKey: true }, "seat"],
    ["the old way to paste", { key: "Insert", code: "Insert", shiftKey: true }, "paste"],
    ["AltGr V of some keyboards", { key: "v", code: "KeyV", ctrlKey: true, altKey: true }, "seat"],
    ["the command key elsewhere than on a Mac", { key: "v", code: "KeyV", metaKey: true }, "seat"],
  ];
  test.each(pc)("%s", (_, event, way) => expect(wayOf(pressed(event), { afterDead: false, isMac: false })).toBe(way));

  const mac: [string, Partial<Pressed>, KeyWay][] = [
    ["@ by Option on a Mac", { key: "@", code: "KeyL", altKey: true }, "seat"],
    ["an accent by Option", { key: "Dead", code: "KeyE", altKey: true }, "field"],
    ["a paste on a Mac", { key: "v", code: "KeyV", metaKey: true }, "paste"],
    ["Ctrl V on a Mac, which is page down there", { key: "v", code: "KeyV", ctrlKey: true }, "seat"],
  ];
  test.each(mac)("%s", (_, event, way) => expect(wayOf(pressed(event), { afterDead: false, isMac: true })).toBe(way));

  test("after an accent the letter goes where the accent is, and nothing else", () => {
    const after = { afterDead: true, isMac: false };
    expect(wayOf(pressed({ key: "e" }), after)).toBe("field");
    expect(wayOf(pressed({ key: " ", code: "Space" }), after)).toBe("field");
    expect(wayOf(pressed({ key: "Escape", code: "Escape" }), after)).toBe("seat");
    expect(wayOf(pressed({ key: "Shift", code: "ShiftLeft" }), after)).toBe("seat");
    expect(wayOf(pressed({ key: "c", ctrlKey: true }), after)).toBe("seat");
  });
});

test.each([
  ["a key that says what it is", { key: "C", code: "KeyJ" }, "C"],
  ["a Cyrillic one by its place", { key: "с", code: "KeyC" }, "c"],
  ["a Greek one", { key: "ψ", code: "KeyC" }, "c"],
  ["no letter's place", { key: "ж", code: "Semicolon" }, "ж"],
  ["a key without a character", { key: "Enter", code: "Enter" }, "Enter"],
  ["a Czech letter where others have a digit", { key: "ě", code: "Digit2" }, "2"],
  ["a German letter", { key: "ö", code: "Semicolon" }, "ö"],
])("the letter of a shortcut: %s", (_, event, letter) => expect(latinKey(event)).toBe(letter));

test.each([
  ["a", 0x61],
  ["ß", 0xdf],
  ["€", 0x010020ac],
  ["é", 0xe9],
  ["Ω", 0x010003a9],
  ["\n", 0xff0d],
])("the keysym of %p", (character, keysym) => expect(keysymOf(character)).toBe(keysym));

test.each([
  ["Grüße", true],
  ["Ελληνικά, привет, żółw", true],
  ["שלום", false],
  ["漢字", false],
  ["かな", false],
  ["한글", false],
  ["ok 🎉", false],
])("%p is typed: %p", (text, typed) => expect(isTypable(text)).toBe(typed));

test.each([
  ["a letter more", "hel", "hell", { back: 0, text: "l" }],
  ["a letter less", "hell", "hel", { back: 1, text: "" }],
  ["a word that was corrected", "teh", "the ", { back: 2, text: "he " }],
  ["nothing", "same", "same", { back: 0, text: "" }],
  ["all of it gone", "gone", "", { back: 4, text: "" }],
  ["one character of two units", "a🎉", "a", { back: 1, text: "" }],
])("a phone's keyboard: %s", (_, before, after, edit) => expect(editBetween(before, after)).toEqual(edit));
