/** What came over the data channel "data": big endian, u8 event, u16 length of what follows, then that. */
export type Payload =
  | { kind: "move"; x: number; y: number }
  | { kind: "scroll"; x: number; y: number; control: boolean }
  | { kind: "key"; keysym: number; down: boolean }
  | { kind: "button"; code: number; down: boolean }
  | { kind: "ping"; stamp: Buffer }
  | { kind: "touch"; id: number; x: number; y: number; step: "begin" | "update" | "end" };

const HEADER = 3;
const MOVE = 0x01;
const SCROLL = 0x02;
const KEY_DOWN = 0x03;
const KEY_UP = 0x04;
const BUTTON_DOWN = 0x05;
const BUTTON_UP = 0x06;
const PING = 0x07;
const TOUCH_BEGIN = 0x08;
const TOUCH_UPDATE = 0x09;
const TOUCH_END = 0x0a;

/** Bytes after the header that an event may have. */
const LENGTHS: Record<number, number[]> = {
  [MOVE]: [4],
  [SCROLL]: [4, 5],
  ...Object.fromEntries([KEY_DOWN, KEY_UP, BUTTON_DOWN, BUTTON_UP].map((event) => [event, [4]])),
  [PING]: [8],
  ...Object.fromEntries([TOUCH_BEGIN, TOUCH_UPDATE, TOUCH_END].map((event) => [event, [13]])),
};
const TOUCH_STEPS = { [TOUCH_BEGIN]: "begin", [TOUCH_UPDATE]: "update", [TOUCH_END]: "end" } as const;

/** @throws where neko would refuse: a length that isn't the event's, or not that of what came. Undefined: an event of the future. */
export function readPayload(data: Buffer): Payload | undefined {
  if (data.length < HEADER) throw new Error(`a message of ${data.length} bytes has no header`);
  const event = data.readUInt8(0);
  const length = data.readUInt16BE(1);
  const body = data.subarray(HEADER);
  if (LENGTHS[event] && !LENGTHS[event].includes(length)) throw new Error(`event ${event} has no length ${length}`);
  if (body.length !== length) throw new Error(`event ${event} declares ${length} bytes and has ${body.length}`);
  return readBody(event, body);
}

function readBody(event: number, body: Buffer): Payload | undefined {
  switch (event) {
    case MOVE:
      return { kind: "move", x: body.readUInt16BE(0), y: body.readUInt16BE(2) };
    case SCROLL:
      return { kind: "scroll", x: body.readInt16BE(0), y: body.readInt16BE(2), control: body.length > 4 && body[4] !== 0 };
    case KEY_DOWN:
    case KEY_UP:
      return { kind: "key", keysym: body.readUInt32BE(0), down: event === KEY_DOWN };
    case BUTTON_DOWN:
    case BUTTON_UP:
      return { kind: "button", code: body.readUInt32BE(0), down: event === BUTTON_DOWN };
    case PING:
      return { kind: "ping", stamp: body };
    case TOUCH_BEGIN:
    case TOUCH_UPDATE:
    case TOUCH_END:
      return {
        kind: "touch",
        id: body.readUInt32BE(0),
        x: body.readInt32BE(4),
        y: body.readInt32BE(8),
        step: TOUCH_STEPS[event],
      };
    default:
      return undefined;
  }
}

const CURSOR_POSITION = 0x01;
const PONG = 0x03;
/** neko counts a time in these, not in 2^32. */
const STAMP_BASE = 0xffff_ffff;

/** Sent when the channel opens. neko's lengths of what it sends count the header. */
export function cursorPosition(x: number, y: number): Buffer {
  const message = Buffer.alloc(HEADER + 4);
  message.writeUInt8(CURSOR_POSITION, 0);
  message.writeUInt16BE(message.length, 1);
  message.writeUInt16BE(x, HEADER);
  message.writeUInt16BE(y, HEADER + 2);
  return message;
}

/** @param now milliseconds since 1970 */
export function pong(stamp: Buffer, now: number): Buffer {
  const message = Buffer.alloc(HEADER + 16);
  message.writeUInt8(PONG, 0);
  message.writeUInt16BE(message.length, 1);
  stamp.copy(message, HEADER);
  message.writeUInt32BE(Math.floor(now / STAMP_BASE), HEADER + 8);
  message.writeUInt32BE(now % STAMP_BASE, HEADER + 12);
  return message;
}
