import { randomFillSync } from "node:crypto";
import { isSendable } from "../../contract/close.ts";

/* Frames of a WebSocket (RFC 6455) as a client sends them. */

/** §5.2 */
export const OPCODE = { MORE: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;
/** Of a frame that closes, pings or answers one (§5.5). */
export const CONTROL_BYTES = 125;
const MASK_BYTES = 4;
const GOING_AWAY = 1001;

export const messageFrame = (data: string | Uint8Array): Buffer =>
  frame(typeof data === "string" ? OPCODE.TEXT : OPCODE.BINARY, Buffer.from(data as Uint8Array));

export const pongFrame = (data: Uint8Array): Buffer => frame(OPCODE.PONG, Buffer.from(data));

/** A code that is only ever seen, or none, is "going away". */
export function closeFrame(code = GOING_AWAY, reason = ""): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(isSendable(code) ? code : GOING_AWAY);
  return frame(OPCODE.CLOSE, Buffer.concat([bytes, Buffer.from(reason)]).subarray(0, CONTROL_BYTES));
}

/** A client's: whole, and masked (§5.3). */
function frame(opcode: number, payload: Buffer): Buffer {
  const size = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const out = Buffer.allocUnsafe(2 + size + MASK_BYTES + payload.length);
  out[0] = 0x80 | opcode;
  out[1] = 0x80 | (size === 0 ? payload.length : size === 2 ? 126 : 127);
  if (size === 2) out.writeUInt16BE(payload.length, 2);
  if (size === 8) out.writeBigUInt64BE(BigInt(payload.length), 2);
  const mask = randomFillSync(out, 2 + size, MASK_BYTES).subarray(2 + size, 2 + size + MASK_BYTES);
  const at = 2 + size + MASK_BYTES;
  for (let i = 0; i < payload.length; i++) out[at + i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return out;
}
