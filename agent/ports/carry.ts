import { createHash, randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import { ask } from "./ask.ts";
import { destroyOn, type Forward } from "./forward.ts";
import { closeFrame, FrameReader, isSendable, messageFrame, pongFrame } from "./frames.ts";
import { headersUp } from "./headers-up.ts";
import type { Place } from "./place.ts";
import { seatDuplex } from "./seat-duplex.ts";

/** A server that takes a socket takes it at once. */
const OPEN_MS = 10_000;
/** Each connection's own: the browser's were for us, these are ours. Without extensions what passes is what was sent. */
const HANDSHAKE = /^sec-websocket-(?!protocol$)/;
/** RFC 6455 §1.3 */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A learner's server that took a socket. */
export interface Carried {
  /** The subprotocol that it chose, of those that the browser offered. */
  protocol: string | undefined;
  open(peer: Peer): PeerHandler;
  /** It comes to nothing. */
  drop(): void;
}

/**
 * Asks a learner's server for a socket, before the browser has one: its refusal is the browser's answer.
 * @throws Problem UNAVAILABLE when it takes none
 */
export async function carry(request: Request, { place, dial, signal: ends, over }: Forward): Promise<Carried> {
  const key = randomBytes(16).toString("base64");
  const url = new URL(request.url);
  const connection = seatDuplex(await dial()).on("close", over);
  destroyOn(ends, connection);
  const goOn = destroyOn(AbortSignal.any([request.signal, AbortSignal.timeout(OPEN_MS)]), connection);
  const offered = headersUp(request.headers, place).filter(([name]) => !HANDSHAKE.test(name));
  const headers = [...offered, ["upgrade", "websocket"], ["sec-websocket-version", "13"], ["sec-websocket-key", key]] as const;
  try {
    const { message, taken } = await ask(connection, {
      ...{ method: "GET", path: `${url.pathname}${url.search}`, upgrades: true },
      headers: headers.map(([name, value]) => [name, value]),
    });
    if (!taken || message.headers["sec-websocket-accept"] !== acceptOf(key)) throw refused(place, message.statusCode);
    goOn();
    return carried(connection, taken, message.headers["sec-websocket-protocol"]);
  } catch (cause) {
    connection.destroy();
    throw cause instanceof Problem ? cause : refused(place, undefined, cause);
  }
}

function carried(connection: Duplex, early: Uint8Array, protocol: string | undefined): Carried {
  connection.pause();
  const drop = () => {
    connection.end(closeFrame());
    connection.destroy();
  };
  return { protocol, drop, open: (peer) => between(peer, connection, early) };
}

/** Message by message, each side reading no faster than the other. */
function between(peer: Peer, server: Duplex, early: Uint8Array): PeerHandler {
  let over = false;
  let behind = false;
  const end = (code: number, reason: string) => {
    if (over) return;
    over = true;
    server.destroy();
    // What went without a word comes back as it would on one's own computer.
    peer.close(isSendable(code) ? code : CLOSE.RESTART, reason);
  };
  const reader = new FrameReader({
    message: (data) => {
      const sent = over ? 1 : peer.send(data);
      if (sent === 0 && data.length > 0) end(CLOSE.TOO_SLOW, "fell too far behind");
      if (sent >= 0) return;
      behind = true;
      server.pause();
    },
    // While the server doesn't read, its pings need no answer: they would be kept here.
    ping: (data) => void (over || server.writableNeedDrain || server.write(pongFrame(data))),
    closed: end,
  });
  const goOn = (isMore: boolean) => {
    if (over || (!isMore && behind)) return;
    if (!isMore) server.resume();
    else {
      server.pause();
      setImmediate(() => goOn(!over && reader.more()));
    }
  };
  server.on("data", (bytes: Buffer) => over || goOn(reader.take(bytes)));
  server.on("drain", () => over || peer.resume());
  for (const event of ["end", "close", "error"]) server.on(event, () => end(CLOSE.RESTART, "the learner's server ended"));
  goOn(reader.take(early));
  return {
    message: (data) => {
      if (!over && !server.write(messageFrame(data))) peer.pause();
    },
    drain: () => {
      behind = false;
      server.resume();
    },
    close: (code, reason) => {
      if (over) return;
      over = true;
      server.end(closeFrame(code, reason), () => server.destroy());
    },
  };
}

const acceptOf = (key: string): string =>
  createHash("sha1")
    .update(key + MAGIC)
    .digest("base64");

function refused({ port }: Place, status: number | undefined, cause?: unknown): Problem {
  const how = status === undefined ? "didn't answer" : `answered ${status}`;
  return new Problem("UNAVAILABLE", `The server on port ${port} of your seat ${how} when it was asked for a WebSocket.`, {
    cause,
  });
}
