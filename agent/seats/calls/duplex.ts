import { Duplex } from "node:stream";
import type { SeatHandle, SeatSocket } from "../seat.ts";
import { inTurn } from "./turns.ts";

/** Passed on in one turn of the loop: a few thousand of the smallest frames or chunks, some milliseconds. One read may be 512 KiB. */
export const PIECE_BYTES = 8 * 1024;
/** What waits for a server that doesn't read before who sends is asked to pause. */
const WAITING_BYTES = 64 * 1024;

/** A connection to a server on the seat's own localhost. @throws Problem when nothing listens there */
export const connect = async (seat: SeatHandle, port: number): Promise<Duplex> => duplexOf(await seat.dial(port), seat.seat);

/** A seat's socket as Node's HTTP client takes a connection; who doesn't read holds the seat's server back, not our memory. */
export function duplexOf(socket: SeatSocket, seat: number): Duplex {
  const sending = sendingTo(socket);
  const reading = readingFrom(socket, seat, (piece) => void stream.push(piece));
  const stream = new Duplex({
    readableHighWaterMark: PIECE_BYTES,
    writableHighWaterMark: WAITING_BYTES,
    read: reading.more,
    write: (bytes: Uint8Array, _encoding, taken) => sending.send(bytes, taken),
    // It says its last with its answer's end: a half-closed connection is one that many servers drop.
    final: (done) => done(),
    destroy: (error, done) => {
      reading.drop();
      socket.close();
      done(error);
    },
  });
  void socket.closed.then(() => {
    sending.gone();
    reading.gone();
  });
  return stream;
}

function sendingTo(socket: SeatSocket) {
  let rest: { bytes: Uint8Array; taken: () => void } | undefined;
  let isGone = false;
  const write = () => {
    // A server that has gone is sent nothing, and what it said before is still read.
    while (!isGone && rest && rest.bytes.length > 0) {
      const count = socket.write(rest.bytes);
      if (count === 0) return;
      rest.bytes = rest.bytes.subarray(count);
    }
    const taken = rest?.taken;
    rest = undefined;
    taken?.();
  };
  socket.onDrain(write);
  return {
    send: (bytes: Uint8Array, taken: () => void) => {
      rest = { bytes, taken };
      write();
    },
    gone: () => {
      isGone = true;
      write();
    },
  };
}

/** Piece by piece, each when more is wanted, and in a turn of its own. */
function readingFrom(socket: SeatSocket, seat: number, push: (piece: Uint8Array | null) => void) {
  let unread = Buffer.alloc(0);
  let [isWanted, isComing, isGone, isOver] = [false, false, false, false];
  const goOn = () => {
    if (!isWanted || isComing || isOver) return;
    if (unread.length === 0 && !isGone) return socket.resume();
    isComing = true;
    inTurn(seat, passOn);
  };
  const passOn = () => {
    [isComing, isWanted] = [false, false];
    if (isOver) return;
    const piece = unread.subarray(0, PIECE_BYTES);
    unread = unread.subarray(piece.length);
    if (unread.length === 0) unread = Buffer.alloc(0);
    isOver = piece.length === 0;
    push(isOver ? null : piece);
  };
  socket.onData((bytes) => {
    if (isOver) return;
    // The socket's buffer is used again after this call.
    unread = Buffer.concat([unread, bytes]);
    socket.pause();
    goOn();
  });
  return {
    more: () => {
      isWanted = true;
      goOn();
    },
    gone: () => {
      isGone = true;
      goOn();
    },
    drop: () => {
      isOver = true;
      unread = Buffer.alloc(0);
    },
  };
}

/** @returns that it goes on from here, whatever the signal says */
export function destroyOn(signal: AbortSignal, connection: Duplex): () => void {
  const end = () => void connection.destroy(signal.reason instanceof Error ? signal.reason : new Error("given up"));
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return () => signal.removeEventListener("abort", end);
}
