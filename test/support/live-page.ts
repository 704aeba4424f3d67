import type { Peer, PeerHandler } from "../../agent/contract/peer.ts";
import type { Closed } from "./rfb.ts";
import { until } from "./until.ts";

/** A page's side of `WS /vm/NN/browser`, where the WebSocket would be. */
export class LivePage {
  closed: Closed | undefined;
  paused = false;
  readonly frames: string[] = [];
  received = 0;
  /** Bytes that it takes before it is behind. */
  room = Number.POSITIVE_INFINITY;
  readonly #handler: PeerHandler;

  /** @param live `previews.live` of a seat */
  constructor(live: (peer: Peer) => PeerHandler) {
    this.#handler = live({
      send: (data) => {
        this.frames.push(String(data));
        this.received += data.length;
        return this.received > this.room ? -1 : 1;
      },
      close: (code, reason) => {
        this.closed = { code, reason };
      },
      pause: () => {
        this.paused = true;
      },
      resume: () => {
        this.paused = false;
      },
    });
  }

  say(event: string, payload?: unknown): void {
    this.#handler.message(JSON.stringify({ event, payload }));
  }

  sayBytes(data: string | Uint8Array): void {
    this.#handler.message(data);
  }

  /** It reads again. */
  read(): void {
    this.room = Number.POSITIVE_INFINITY;
    this.#handler.drain();
  }

  leave(): void {
    this.#handler.close();
  }

  /** The first event of this name that came, or comes. */
  async heard<T = Record<string, unknown>>(event: string): Promise<T> {
    const found = await until(`"${event}" (${this.closed?.reason ?? "open"})`, () =>
      this.frames.map((text) => JSON.parse(text)).find((one) => one.event === event),
    );
    return found.payload as T;
  }
}
