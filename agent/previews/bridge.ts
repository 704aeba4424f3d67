import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { CLOSE } from "../contract/close.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import { pass } from "../seats/splice.ts";
import { O_PATH } from "../system-calls.ts";

/** A VNC client says nothing before the server did: what comes earlier is a few bytes or none. */
const EARLY_LIMIT = 4096;

/** A page gets whole messages only: of pieces this small it draws the first while the last is on a slow line, and sees how slow that is. */
const PIECE = 16 * 1024;

export interface Bridge extends PeerHandler {
  /** The screen is up: from here on bytes go both ways. Nothing when the viewer has gone. @throws when the socket isn't the seat's screen */
  connect(path: string, ownerUid: number): Promise<void>;
}

/** WebSocket ⇄ unix socket. Whoever is slow holds the other back; nothing but what is left of one frame is kept here. */
export function bridge(peer: Peer, closed: () => void): Bridge {
  let socket: Bun.Socket | undefined;
  let waiting: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  let isClosed = false;
  let isPaused = true;

  function flush(): void {
    const isTaken = pass(waiting, socket);
    if (isTaken && isPaused) peer.resume();
    if (!isTaken && !isPaused) peer.pause();
    isPaused = !isTaken;
  }

  /** False: the viewer is behind; the rest goes when it has caught up. */
  function show(): boolean {
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) if (peer.send(piece) <= 0) return false;
    return true;
  }

  function end(): void {
    if (isClosed) return;
    isClosed = true;
    waiting = [];
    pieces = [];
    socket?.end();
    closed();
  }

  function lost(): void {
    if (!isClosed) peer.close(CLOSE.RESTART, "The screen ended; it is started again.");
    end();
  }

  peer.pause();
  return {
    async connect(path, ownerUid) {
      if (isClosed) return;
      const found = openSocket(path, ownerUid);
      try {
        await Bun.connect({
          unix: `/proc/self/fd/${found}`,
          socket: {
            open(opened) {
              socket = opened;
              if (isClosed) opened.end();
              else flush();
            },
            data(from, bytes) {
              if (isClosed) return;
              pieces.push(...inPieces(bytes));
              if (!show()) from.pause();
            },
            drain: flush,
            close: lost,
            error: lost,
          },
        });
      } finally {
        closeSync(found);
      }
    },
    message(data) {
      if (isClosed) return;
      waiting.push(typeof data === "string" ? Buffer.from(data) : Uint8Array.from(data));
      if (!socket && waiting.reduce((sum, one) => sum + one.length, 0) > EARLY_LIMIT) {
        peer.close(CLOSE.BAD_FRAME, "a VNC client waits for the server's greeting");
        end();
      } else flush();
    },
    drain: () => void (show() && socket?.resume()),
    close: end,
  };
}

function inPieces(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) => bytes.slice(i * PIECE, (i + 1) * PIECE));
}

/**
 * The seat can put anything where its socket is, also a link to one of the machine's: the path is opened without following links,
 * looked at, and just that file is connected to.
 */
function openSocket(path: string, ownerUid: number): number {
  const found = openSync(path, O_PATH | constants.O_NOFOLLOW);
  const stats = fstatSync(found);
  if (stats.isSocket() && stats.uid === ownerUid) return found;
  closeSync(found);
  throw new Error(`"${path}" isn't the seat's screen`);
}
