import { expect, test } from "bun:test";
import type { ToNeko } from "../../../../../../agent/contract/neko-events.ts";
import { Control } from "../../../../../../views/client/workspace/preview/neko/control.ts";
import { asEvent, type Deed, encode } from "../../../../../../views/client/workspace/preview/neko/input.ts";
import { fitted, pixelAt } from "../../../../../../views/client/workspace/preview/neko/place.ts";
import { Touches } from "../../../../../../views/client/workspace/preview/neko/touches.ts";
import { Wheel } from "../../../../../../views/client/workspace/preview/neko/wheel.ts";

test.each<[Deed, number[], ToNeko, object]>([
  [{ is: "move", x: 640, y: 300 }, [1, 0, 4, 2, 128, 1, 44], "control/move", { x: 640, y: 300 }],
  [
    { is: "scroll", x: 0, y: -3, control: true },
    [2, 0, 5, 0, 0, 255, 253, 1],
    "control/scroll",
    { delta_x: 0, delta_y: -3, control_key: true },
  ],
  [{ is: "keydown", key: 0x0100_20ac }, [3, 0, 4, 1, 0, 32, 172], "control/keydown", { keysym: 0x0100_20ac }],
  [{ is: "keyup", key: 0xff0d }, [4, 0, 4, 0, 0, 255, 13], "control/keyup", { keysym: 0xff0d }],
  [{ is: "buttondown", button: 1 }, [5, 0, 4, 0, 0, 0, 1], "control/buttondown", { code: 1 }],
  [{ is: "buttonup", button: 3 }, [6, 0, 4, 0, 0, 0, 3], "control/buttonup", { code: 3 }],
  [
    { is: "touchbegin", id: 2, x: 5, y: 600, pressure: 128 },
    [8, 0, 13, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 2, 88, 128],
    "control/touchbegin",
    { touch_id: 2, x: 5, y: 600, pressure: 128 },
  ],
  [
    { is: "touchupdate", id: 0, x: 1, y: 1, pressure: 300 },
    [9, 0, 13, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 255],
    "control/touchupdate",
    { touch_id: 0, x: 1, y: 1, pressure: 255 },
  ],
  [
    { is: "touchend", id: 0, x: 1, y: 1, pressure: 0 },
    [10, 0, 13, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0],
    "control/touchend",
    { touch_id: 0, x: 1, y: 1, pressure: 0 },
  ],
  [{ is: "move", x: -5, y: Number.NaN }, [1, 0, 4, 0, 0, 0, 0], "control/move", { x: 0, y: 0 }],
])("%j in bytes, and as an event", (deed, bytes, event, payload) => {
  expect([...encode(deed)]).toEqual(bytes);
  expect(asEvent(deed)).toEqual({ event, payload });
});

test("a point of the pane is the pixel under it, also where the picture has bars beside it, and never outside", () => {
  const [box, screen] = [
    { w: 640, h: 500 },
    { w: 1280, h: 720 },
  ];
  expect(fitted(box, screen)).toEqual({ x: 0, y: 70, scale: 2 });
  expect(pixelAt({ x: 320, y: 250 }, box, screen)).toEqual({ x: 640, y: 360 });
  expect(pixelAt({ x: -9, y: 3 }, box, screen)).toEqual({ x: 0, y: 0 });
  expect(pixelAt({ x: 900, y: 900 }, box, screen)).toEqual({ x: 1279, y: 719 });
  expect(pixelAt({ x: 1, y: 1 }, { w: 0, h: 0 }, screen).x).toBeWithin(0, 1280);
});

test("a wheel's way becomes clicks: the first at once, the rest by what it adds up to, up and left positive", () => {
  const wheel = new Wheel();
  const turn = (deltaY: number, timeStamp: number, deltaMode = 0) => wheel.turn({ deltaX: 0, deltaY, deltaMode, timeStamp }).y;
  expect([turn(10, 0), turn(10, 10), turn(30, 20), turn(60, 30)]).toEqual([-1, 0, 0, -1]);
  expect([turn(-120, 1_000), turn(-3, 2_000, 1)]).toEqual([2, 1]);
  expect([turn(1e9, 3_000), turn(0, 3_010)]).toEqual([-20, 0]);
});

const channel = () => {
  const sent: number[][] = [];
  return { sent, readyState: "open", bufferedAmount: 0, send: (data: Uint8Array) => void sent.push([...data]) };
};

function control() {
  const said: string[] = [];
  const clock = { now: 1_000 };
  const made = new Control(
    (event) => said.push(event) > 0,
    () => clock.now,
  );
  made.session = "mira";
  return { said, clock, made };
}

test("input goes by the channel for who has the controls, and by the socket, which takes them, for who hasn't", () => {
  const { said, clock, made } = control();
  const data = channel();
  made.channel = data;
  made.host = "somebody else";
  made.do({ is: "buttondown", button: 1 });
  made.host = "mira";
  clock.now += 1_000;
  made.do({ is: "move", x: 1, y: 1 });
  // Pressed by the socket: let go of there, or the channel would be first.
  made.do({ is: "buttonup", button: 1 });
  clock.now += 1_000;
  made.do({ is: "keydown", key: 97 });
  expect([said, data.sent.map(([event]) => event)]).toEqual([
    ["control/buttondown", "control/buttonup"],
    [1, 3],
  ]);
  data.readyState = "closed";
  made.do({ is: "keyup", key: 97 });
  expect(said.at(-1)).toBe("control/keyup");
});

test("what was typed by the socket a moment ago isn't overtaken by the channel, and moves of a full channel are let go", () => {
  const { said, clock, made } = control();
  const data = channel();
  made.channel = data;
  made.do({ is: "keydown", key: 97 });
  made.host = "mira";
  clock.now += 100;
  made.do({ is: "keydown", key: 98 });
  clock.now += 1_000;
  data.bufferedAmount = 100_000;
  made.do({ is: "move", x: 1, y: 1 });
  made.do({ is: "keydown", key: 99 });
  expect([said.length, data.sent.map(([event]) => event)]).toEqual([2, [3]]);
});

test("fingers are touches where the screen takes them, numbered by the seat; else one is a mouse", () => {
  const deeds: Deed[] = [];
  let asSuch = true;
  const touches = new Touches(
    (deed) => deeds.push(deed),
    () => asSuch,
  );
  touches.down(7_001, { x: 1, y: 1 }, 0.5);
  touches.down(7_002, { x: 2, y: 2 }, 0);
  touches.up(7_001, { x: 1, y: 1 });
  touches.down(7_003, { x: 3, y: 3 }, 1);
  touches.releaseAll();
  expect(deeds.map((deed) => [deed.is, "id" in deed && deed.id])).toEqual([
    ["touchbegin", 0],
    ["touchbegin", 1],
    ["touchend", 0],
    ["touchbegin", 0],
    ["touchend", 1],
    ["touchend", 0],
  ]);
  deeds.length = 0;
  asSuch = false;
  touches.down(8, { x: 50, y: 50 }, 0.5);
  touches.up(8, { x: 51, y: 50 });
  touches.down(9, { x: 50, y: 50 }, 0.5);
  touches.move(9, { x: 50, y: 200 }, 0.5);
  touches.up(9, { x: 50, y: 200 });
  expect(deeds.map(({ is }) => is)).toEqual(["move", "buttondown", "buttonup", "move", "scroll"]);
});
