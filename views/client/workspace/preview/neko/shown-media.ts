import { make } from "../../../shared/dom.ts";
import type { Peer } from "./peer.ts";

/** How often it is looked whether pictures were decoded. */
const LOOK_MS = 250;

/** What one sees and hears: the tracks of one peer, and whether pictures come of them. */
export class ShownMedia {
  readonly video = make("video", { autoplay: true, playsinline: true, muted: true });
  readonly #look = setInterval(() => void this.#lookForFrames(), LOOK_MS);
  #peer: Peer | undefined;
  #decoded = 0;

  /** @param onFrame hears that pictures were decoded since the last call */
  constructor(
    sound: boolean,
    readonly onFrame: () => void,
  ) {
    this.video.muted = !sound;
    this.video.addEventListener("loadeddata", onFrame);
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  stop(): void {
    clearInterval(this.#look);
    this.#peer?.close();
    this.video.srcObject = null;
  }

  sound(on: boolean): void {
    this.video.muted = !on;
    this.#play();
  }

  /** In place of the one before. */
  change(peer: Peer): void {
    this.#peer?.close();
    this.#peer = peer;
    this.#decoded = 0;
    this.video.srcObject = new MediaStream();
  }

  add(track: MediaStreamTrack): void {
    const stream = this.video.srcObject;
    if (!(stream instanceof MediaStream)) return;
    stream.addTrack(track);
    this.#play();
  }

  #play(): void {
    void this.video.play().catch(() => {});
  }

  async #lookForFrames(): Promise<void> {
    const peer = this.#peer;
    const decoded = await peer?.decoded();
    if (decoded === undefined || peer !== this.#peer || decoded <= this.#decoded) return;
    this.#decoded = decoded;
    this.onFrame();
  }
}
