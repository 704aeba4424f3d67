/** A WebSocket as rooms see it; `agent/server.ts` makes one from the HTTP server's. */
export interface Peer {
  /** More than 0: sent. -1: taken, but the reader is behind: send nothing more until `drain`. 0: dropped, the socket is closing. */
  send(data: string | Uint8Array): number;
  /** A reason that is longer than a close frame takes is cut. */
  close(code: number, reason: string): void;
  /** Stop and go on reading what the other side sends. */
  pause(): void;
  resume(): void;
}

/** What a room makes of a socket: called by the server, in order, never after `close`. */
export interface PeerHandler {
  message(data: string | Uint8Array): void;
  drain(): void;
  /** @param code the other side's close frame, where it sent one */
  close(code?: number, reason?: string): void;
}
