import type { ToNeko } from "../../../../../agent/contract/neko-events.ts";

/** What the learner does to the seat's screen, in its pixels; keys by X keysym, buttons as X numbers them (1 left, 2 middle, 3 right). */
export type Deed =
  | { is: "move"; x: number; y: number }
  /** Clicks of a wheel, positive up and left, as X has it. */
  | { is: "scroll"; x: number; y: number; control: boolean }
  | { is: "keydown" | "keyup"; key: number }
  | { is: "buttondown" | "buttonup"; button: number }
  | { is: "touchbegin" | "touchupdate" | "touchend"; id: number; x: number; y: number; pressure: number };

/** neko's data channel: a byte for the event, two for the length of what follows, all numbers big endian. */
const EVENT = {
  ...{ move: 1, scroll: 2, keydown: 3, keyup: 4, buttondown: 5, buttonup: 6 },
  ...{ touchbegin: 8, touchupdate: 9, touchend: 10 },
} as const;

/** The frame of a deed on the data channel. */
export function encode(deed: Deed): Uint8Array<ArrayBuffer> {
  switch (deed.is) {
    case "move":
      return frame(EVENT.move, 4, (body) => {
        body.setUint16(0, within(deed.x, 0, 0xffff));
        body.setUint16(2, within(deed.y, 0, 0xffff));
      });
    case "scroll":
      return frame(EVENT.scroll, 5, (body) => {
        body.setInt16(0, within(deed.x, -0x8000, 0x7fff));
        body.setInt16(2, within(deed.y, -0x8000, 0x7fff));
        body.setUint8(4, deed.control ? 1 : 0);
      });
    case "keydown":
    case "keyup":
      return frame(EVENT[deed.is], 4, (body) => body.setUint32(0, deed.key));
    case "buttondown":
    case "buttonup":
      return frame(EVENT[deed.is], 4, (body) => body.setUint32(0, deed.button));
    default:
      return frame(EVENT[deed.is], 13, (body) => {
        body.setUint32(0, deed.id);
        body.setInt32(4, Math.round(deed.x));
        body.setInt32(8, Math.round(deed.y));
        body.setUint8(12, within(deed.pressure, 0, 0xff));
      });
  }
}

/** The same as an event on neko's socket, which also takes the controls if another has them. */
export function asEvent(deed: Deed): { event: ToNeko; payload: object } {
  const event = `control/${deed.is}` as const;
  switch (deed.is) {
    case "move":
      return { event, payload: { x: within(deed.x, 0, 0xffff), y: within(deed.y, 0, 0xffff) } };
    case "scroll":
      return { event, payload: { delta_x: deed.x, delta_y: deed.y, control_key: deed.control } };
    case "keydown":
    case "keyup":
      return { event, payload: { keysym: deed.key } };
    case "buttondown":
    case "buttonup":
      return { event, payload: { code: deed.button } };
    default:
      return {
        event,
        payload: { touch_id: deed.id, x: Math.round(deed.x), y: Math.round(deed.y), pressure: within(deed.pressure, 0, 0xff) },
      };
  }
}

const HEADER = 3;

function frame(event: number, length: number, fill: (body: DataView) => void): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, event);
  view.setUint16(1, length);
  fill(new DataView(bytes.buffer, HEADER));
  return bytes;
}

const within = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, Math.round(value) || 0));
