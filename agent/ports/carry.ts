import { CLOSE, isSendable } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import { destroyOn } from "../seats/calls/duplex.ts";
import type { Room } from "../seats/calls/gathered.ts";
import { NoSocket, openSocket, type ToServer } from "../seats/calls/socket.ts";
import type { Forward } from "./forward.ts";
import { headersUp } from "./headers-up.ts";
import type { Place } from "./place.ts";

/** A server that takes a socket takes it at once. */
const OPEN_MS = 10_000;
/** Each connection's own: the browser's were for us, these are ours. Without extensions what passes is what was sent. */
const HANDSHAKE = /^sec-websocket-(?!protocol$)/;
/** Of one message, which is held until it is whole. A development server sends pages by such ones, not films. */
const MESSAGE_BYTES = 4 * 1024 * 1024;

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
export async function carry(request: Request, { place, dial, signal, over, room }: Forward & { room: Room }): Promise<Carried> {
  const { pathname, search } = new URL(request.url);
  const connection = (await dial()).on("close", over);
  destroyOn(signal, connection);
  const headers = headersUp(request.headers, place).filter(([name]) => !HANDSHAKE.test(name));
  const asked = { path: pathname + search, headers, reading: { most: MESSAGE_BYTES, larger: "close", room } } as const;
  try {
    const server = await openSocket(connection, asked, AbortSignal.any([request.signal, AbortSignal.timeout(OPEN_MS)]));
    return { protocol: server.protocol, drop: () => server.close(), open: (peer) => between(peer, server, room) };
  } catch (cause) {
    throw refused(place, cause);
  }
}

/** Message by message, each side reading no faster than the other. */
function between(peer: Peer, server: ToServer, room: Room): PeerHandler {
  /** Bytes that wait for the page. */
  let behind = 0;
  const caughtUp = () => {
    room.left += behind;
    behind = 0;
  };
  server.listen({
    message: (data) => {
      const sent = peer.send(data);
      if (sent === 0 && data.length > 0) return peer.close(CLOSE.TOO_SLOW, "fell too far behind");
      if (sent >= 0) return;
      behind += data.length;
      room.left -= data.length;
      server.pause();
    },
    drained: () => peer.resume(),
    closed: (code, reason) => {
      caughtUp();
      // What went without a word comes back as it would on one's own computer.
      peer.close(isSendable(code) ? code : CLOSE.RESTART, reason);
    },
  });
  return {
    message: (data) => {
      if (!server.send(data)) peer.pause();
    },
    drain: () => {
      caughtUp();
      server.resume();
    },
    close: (code, reason) => server.close(code, reason),
  };
}

function refused({ port }: Place, cause: unknown): Problem {
  const status = cause instanceof NoSocket ? cause.status : undefined;
  const how = status === undefined ? "didn't answer" : `answered ${status}`;
  return new Problem("UNAVAILABLE", `The server on port ${port} of your seat ${how} when it was asked for a WebSocket.`, {
    cause,
  });
}
