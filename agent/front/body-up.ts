import { bodyLength } from "../contract/body-length.ts";
import { giveBack } from "./give-back.ts";
import { Room, type Write } from "./room.ts";

/** A client's body on its way to a server. */
export interface Body {
  stream: ReadableStream<Uint8Array>;
  /** As its client announced; undefined: he sends chunks or announced no number, and the front sends chunks. */
  bytes: number | undefined;
}

/** There is no body, whatever the client says of one. */
export const isBodiless = (method: string): boolean => method === "GET" || method === "HEAD";

/** What a call brings with it. */
export function bodyOf({ method, headers, body }: Request): Body | undefined {
  if (!body || isBodiless(method)) return undefined;
  return { stream: body, bytes: bodyLength(headers) };
}

/**
 * Sends a body on, no faster than its server takes it.
 * @param write answers once the bytes are taken; what rejects there ends the body
 * @throws when the client left, or sent another length than he announced: what is too much would be the next call
 */
export async function sendBody({ stream, bytes }: Body, write: Write): Promise<void> {
  const room = new Room(bytes === undefined ? inChunks(write) : write, bytes);
  try {
    await pass(stream, room, bytes);
  } finally {
    room.leave();
  }
  if (bytes === undefined) await write(Buffer.from("0\r\n\r\n"));
}

async function pass(stream: Body["stream"], room: Room, bytes: Body["bytes"]): Promise<void> {
  let came = 0;
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    came += piece.length;
    if (came > (bytes ?? came)) break;
    for (let at = 0; at < piece.length; ) {
      if (room.isBusy) await room.free();
      at += room.put(piece.subarray(at));
    }
    giveBack(piece);
  }
  if (came !== (bytes ?? came)) throw new Error("its length isn't the one that was announced");
  await room.empty();
}

const inChunks = (write: Write) => async (bytes: Uint8Array) => {
  await write(Buffer.from(`${bytes.length.toString(16)}\r\n`));
  await write(bytes);
  await write(Buffer.from("\r\n"));
};
