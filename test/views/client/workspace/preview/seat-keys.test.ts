import { expect, test } from "bun:test";
import { screenFor } from "../../../../../views/client/workspace/preview/screen-size.ts";
import { SeatKeys } from "../../../../../views/client/workspace/preview/seat-keys.ts";

const CONTROL = 0xffe3;
const SUPER = 0xffeb;
/** The old keysym of с, which X still calls by that, and the one by number. */
const OLD_ES = 0x06d3;
const ES = 0x01000441;

/** What the seat is told of keys that go down and up, `[keysym, code, down]`. */
function told(isMac: boolean, ...keys: [number, string, boolean, string?][]): number[] {
  const seat = new SeatKeys(isMac);
  return keys.map((key) => seat.sent(...key));
}

test("a Mac's command key is Control, down and up; elsewhere it stays", () => {
  const keys: [number, string, boolean][] = [
    [SUPER, "MetaLeft", true],
    [0x63, "KeyC", true],
    [0x63, "KeyC", false],
    [SUPER, "MetaLeft", false],
  ];
  expect(told(true, ...keys)).toEqual([CONTROL, 0x63, 0x63, CONTROL]);
  expect(told(false, ...keys)).toEqual([SUPER, 0x63, 0x63, SUPER]);
});

test("a shortcut's letter of another script is the one of its place, and goes up as it went down", () => {
  expect(
    told(
      false,
      [CONTROL, "ControlLeft", true],
      [OLD_ES, "KeyC", true, "с"],
      [CONTROL, "ControlLeft", false],
      [OLD_ES, "KeyC", false],
      [OLD_ES, "KeyC", true, "с"],
    ),
  ).toEqual([CONTROL, 0x63, CONTROL, 0x63, ES]);
});

test("Latin letters and keys without a letter stay what they are", () => {
  expect(told(false, [CONTROL, "ControlLeft", true], [0x43, "KeyC", true, "C"], [0xff51, "ArrowLeft", true])).toEqual([
    CONTROL,
    0x43,
    0xff51,
  ]);
  expect(told(false, [0xe9, "Digit2", true, "é"])).toEqual([0xe9]);
});

test("a slow line gets a smaller screen of the pane's shape, but none that is too small to use", () => {
  expect(screenFor({ w: 1000, h: 700 }, 0.8)).toEqual({ w: 800, h: 560 });
  expect(screenFor({ w: 2560, h: 1200 }, 0.5)).toEqual({ w: 960, h: 450 });
  expect(screenFor({ w: 600, h: 450 }, 0.5)).toEqual({ w: 533, h: 400 });
  expect(screenFor({ w: 390, h: 640 }, 0.5)).toEqual({ w: 500, h: 820 });
});
