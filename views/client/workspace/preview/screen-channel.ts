import type { Link } from "../reconnect.ts";

/** What noVNC wants of a WebSocket, over a link that comes back by itself: one channel for each connection of the link. */
export class ScreenChannel {
  binaryType = "arraybuffer";
  readonly protocol = "binary";
  readyState: number = WebSocket.OPEN;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(readonly link: Link) {}

  send(data: Uint8Array<ArrayBuffer>): void {
    // noVNC fills the same buffer again after this call.
    this.link.send(data.slice());
  }

  /** noVNC gives up this connection; the link makes the next. */
  close(): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.cut();
    this.link.renew();
  }

  cut(): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.({ code: 1006, reason: "" });
  }
}
