import type { ServerWebSocket } from "bun";
import { CLOSE } from "../../agent/contract/close.ts";
import { PING_AFTER_S } from "../../views/client/check/findings.ts";

/** Longer than a page holds one; what stays after that isn't one. */
const LIFE_MS = 100_000;
/** Bytes. A page sends a few words, and one frame as large as a screen's part. */
const FRAME_LIMIT = 16 * 1024;
/** Nothing went wrong (RFC 6455 §7.4.1). */
const OVER = 1000;
/** A page sends three. */
const FRAMES_MOST = 8;
/** Everything that may be echoed: more can't wait for a reader. */
const BEHIND_LIMIT = FRAMES_MOST * FRAME_LIMIT;

/**
 * Of all WebSockets of the gateway, which are these alone. Nothing is pinged by itself: on a line without pings nothing is sent.
 * Its lifetime ends before its silence does.
 */
export const LINE_LIMITS = {
  idleTimeout: 120,
  sendPings: false,
  maxPayloadLength: FRAME_LIMIT,
  backpressureLimit: BEHIND_LIMIT,
  closeOnBackpressureLimit: true,
};

type Socket = ServerWebSocket<LineSocket>;

/** What the server calls, as the socket's own data: by Elysia's own `.ws` text would come as parsed JSON. */
export interface LineSocket {
  open(socket: Socket): void;
  message(socket: Socket, message: string | Buffer): void;
  close(socket: Socket): void;
}

/** A line that sends back what it gets. @param pinged by the server, after as much silence as a class's own @param release once it is over */
export function lineOf({ pinged, release }: { pinged: boolean; release: () => void }): LineSocket {
  let frames = 0;
  let life: Timer | undefined;
  let ping: Timer | undefined;
  return {
    open(socket) {
      life = setTimeout(() => socket.close(OVER, "held long enough"), LIFE_MS);
      if (pinged) ping = setInterval(() => socket.ping(), PING_AFTER_S * 1000);
    },
    message(socket, message) {
      if (++frames > FRAMES_MOST) socket.close(CLOSE.BAD_FRAME, "more frames than a check sends");
      else socket.send(message);
    },
    close() {
      clearTimeout(life);
      clearInterval(ping);
      release();
    },
  };
}
