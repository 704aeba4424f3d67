import { Duplex } from "node:stream";
import type { SeatSocket } from "../seats/seat.ts";

/** What waits in one direction before the other side is asked to pause. */
const WAITING_BYTES = 64 * 1024;

/** A seat's socket as Node's HTTP client takes a connection; who doesn't read holds the learner's server back, not our memory. */
export function seatDuplex(socket: SeatSocket): Duplex {
  let rest: { bytes: Uint8Array; taken: () => void } | undefined;
  let gone = false;
  const write = () => {
    // A server that has gone is sent nothing, and what it said before is still read.
    while (!gone && rest && rest.bytes.length > 0) {
      const count = socket.write(rest.bytes);
      if (count === 0) return;
      rest.bytes = rest.bytes.subarray(count);
    }
    const taken = rest?.taken;
    rest = undefined;
    taken?.();
  };
  const stream = new Duplex({
    highWaterMark: WAITING_BYTES,
    read: () => socket.resume(),
    write: (bytes: Uint8Array, _encoding, taken) => {
      rest = { bytes, taken };
      write();
    },
    // It says its last with its answer's end: a half-closed connection is one that many servers drop.
    final: (done) => done(),
    destroy: (error, done) => {
      socket.close();
      done(error);
    },
  });
  socket.onDrain(write);
  socket.onData((bytes) => {
    // The socket's buffer is used again after this call.
    if (!stream.push(Buffer.from(bytes))) socket.pause();
  });
  void socket.closed.then(() => {
    gone = true;
    stream.push(null);
    write();
  });
  return stream;
}
