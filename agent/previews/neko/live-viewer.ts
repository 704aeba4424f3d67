import { CLOSE } from "../../contract/close.ts";
import type { IceServer } from "../../contract/ice.ts";
import { LEFT_OUT } from "../../contract/neko-events.ts";
import type { Peer, PeerHandler } from "../../contract/peer.ts";
import type { SocketListener, ToServer } from "../../seats/calls/socket.ts";
import type { NekoSecrets } from "./config.ts";
import { downward, PROVIDE, REQUEST, upward } from "./events.ts";
import { ProvideWatch } from "./provide-watch.ts";

/** What a page says before neko is there: its wish, and a few movements of a pointer. */
const EARLY_LIMIT = 64 * 1024;

const SAY_LEFT_OUT = JSON.stringify({ event: LEFT_OUT });

/** Nobody comes back (RFC 6455 §7.4.1): neko keeps a place for who was cut off. */
const NORMAL_CLOSURE = 1000;

/** The neko that a viewer is let in to. */
export interface LiveSource {
  iceServers: readonly IceServer[];
  secrets: NekoSecrets;
  /** How long a request's answer is waited for, in milliseconds. Missing: as long as people would. */
  provideMs?: number | undefined;
  /** A way of this viewer's own. @param isWanted false: nobody waits for it any more @throws when neko lets nobody in */
  open(listener: SocketListener, isWanted: () => boolean): Promise<ToServer>;
  /** What was asked for didn't come. */
  wedged(): void;
  /** Whether this viewer may stay until an answer is there; one at a time does. */
  mayLinger(viewer: LiveViewer): boolean;
  lingered(viewer: LiveViewer): void;
}

/**
 * One page ⇄ neko, frame by frame. Whoever is slow holds the other back.
 * A page that leaves while neko owes it an answer is waited for: it has gone on to pictures, and whether neko hangs is still to be seen.
 */
export class LiveViewer implements PeerHandler {
  readonly #peer: Peer;
  readonly #left: () => void;
  readonly #early: string[] = [];
  #earlySize = 0;
  #source: LiveSource | undefined;
  #socket: ToServer | undefined;
  #watch: ProvideWatch | undefined;
  #isOver = false;

  /** @param left called once when the page is gone */
  constructor(peer: Peer, left: () => void) {
    this.#peer = peer;
    this.#left = left;
    peer.pause();
  }

  /** From here on frames go both ways; nothing when the page has gone. @throws as `open` */
  async join(source: LiveSource): Promise<void> {
    if (this.#isOver) return;
    this.#source = source;
    this.#watch = new ProvideWatch(source.wedged, source.provideMs);
    const message = (data: string | Uint8Array) => void (typeof data === "string" && this.#down(data));
    const leftOut = () => this.#tell(SAY_LEFT_OUT);
    const listener = { message, leftOut, drained: () => this.#drained(), closed: () => this.#lost() };
    const socket = await source.open(listener, () => !this.#isOver);
    this.#socket = socket;
    if (this.#isOver) return socket.close(NORMAL_CLOSURE);
    this.#peer.resume();
    for (const text of this.#early.splice(0)) this.#up(text);
  }

  /** The page is told, and its way to neko ends. */
  sendAway(code: number, reason: string): void {
    if (!this.#isOver) this.#peer.close(code, reason);
    this.close();
  }

  message(data: string | Uint8Array): void {
    if (this.#isOver) return;
    if (typeof data !== "string") this.sendAway(CLOSE.BAD_FRAME, "only text is heard here");
    else if (this.#socket) this.#up(data);
    else this.#keep(data);
  }

  drain(): void {
    this.#socket?.resume();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#early.length = 0;
    if (this.#watch?.isWaiting && this.#source?.mayLinger(this)) this.#socket?.resume();
    else this.#end();
    this.#left();
  }

  #keep(text: string): void {
    this.#early.push(text);
    this.#earlySize += text.length;
    if (this.#earlySize > EARLY_LIMIT) this.sendAway(CLOSE.BAD_FRAME, "wait for the live video's greeting");
  }

  #up(text: string): void {
    const frame = upward(text);
    if (!frame) return;
    if (frame.event === REQUEST) this.#watch?.asked();
    if (this.#socket?.send(frame.text) === false) this.#peer.pause();
  }

  #down(text: string): void {
    if (!this.#source) return;
    const frame = downward(text, this.#source.iceServers, this.#source.secrets);
    if (!frame) return;
    if (frame.event === PROVIDE) this.#watch?.over();
    this.#tell(frame.text);
    if (this.#isOver && !this.#watch?.isWaiting) this.#end();
  }

  #tell(text: string): void {
    if (!this.#isOver && this.#peer.send(text) <= 0) this.#socket?.pause();
  }

  #drained(): void {
    if (!this.#isOver) this.#peer.resume();
  }

  #lost(): void {
    this.#end();
    this.sendAway(CLOSE.RESTART, "The live video ended; it is started again.");
  }

  #end(): void {
    this.#watch?.over();
    this.#source?.lingered(this);
    this.#socket?.close(NORMAL_CLOSURE);
  }
}
