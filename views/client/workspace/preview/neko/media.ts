import type { ToNeko } from "../../../../../agent/contract/neko-events.ts";
import { Peer } from "./peer.ts";
import { ShownMedia } from "./shown-media.ts";

/** Between two requests for media: a peer that fails at once isn't asked for in a circle. */
const ASK_AGAIN_MS = 2_000;

export interface MediaEvents {
  /** The media was asked for. */
  onAsked(): void;
  /** It was offered. */
  onProvided(): void;
  /** Pictures were decoded since the last call. */
  onFrame(): void;
  /** It makes no sense to this browser, which may lack the way in which the video is written. */
  onUnusable(): void;
  /** Whether it is heard. */
  sound: boolean;
}

/** What the media needs of the line that carries the words for it. */
export interface Words {
  say(event: ToNeko, payload?: object): boolean;
  /** Without it nothing is asked for. */
  isThere(): boolean;
  /** A faster way for what one does. */
  onChannel(channel: RTCDataChannel): void;
}

/** Picture and sound, asked for by words, and come by a peer for each request. */
export class Media {
  readonly #shown: ShownMedia;
  /** Asked for after the one that is shown. */
  #next: Peer | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #again: ReturnType<typeof setTimeout> | undefined;
  #sound: boolean;

  constructor(
    readonly events: MediaEvents,
    readonly words: Words,
  ) {
    this.#sound = events.sound;
    this.#shown = new ShownMedia(events.sound, () => events.onFrame());
  }

  get video(): HTMLVideoElement {
    return this.#shown.video;
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#next?.close();
    this.#shown.stop();
  }

  /** Silent until the learner wants to hear it: browsers start nothing that makes a noise, and unheard sound costs its way. */
  sound(on: boolean): void {
    this.#sound = on;
    this.words.say("signal/audio", { disabled: !on });
    this.#shown.sound(on);
  }

  ask(): void {
    this.#askedAt = performance.now();
    this.#next?.close();
    this.#next = this.#newPeer();
    this.words.say("signal/request", { video: {}, audio: { disabled: !this.#sound } });
    this.events.onAsked();
  }

  askLater(): void {
    clearTimeout(this.#again);
    const wait = Math.max(0, this.#askedAt + ASK_AGAIN_MS - performance.now());
    this.#again = setTimeout(() => this.words.isThere() && this.ask(), wait);
  }

  /** One for each request: what wasn't asked for has no effect. */
  provided(sdp: string, iceServers: RTCIceServer[]): void {
    if (!this.#next || this.#next.offered) return;
    void this.#next.provide(sdp, iceServers);
    this.events.onProvided();
  }

  /** Another one for the same media. */
  offer(sdp: string): void {
    void (this.#next ?? this.#shown.peer)?.offer(sdp);
  }

  candidate(candidate: RTCIceCandidateInit): void {
    void (this.#next ?? this.#shown.peer)?.candidate(candidate);
  }

  #newPeer(): Peer {
    const { events, words } = this;
    const peer: Peer = new Peer({
      onAnswer: (sdp) => words.say("signal/answer", { sdp }),
      onCandidate: (candidate) => words.say("signal/candidate", candidate),
      onTrack: (track) => this.#show(peer, track),
      onChannel: words.onChannel,
      onFailed: () => this.askLater(),
      onUnusable: () => events.onUnusable(),
    });
    return peer;
  }

  /** The picture of the one before stays until the next has a track. */
  #show(peer: Peer, track: MediaStreamTrack): void {
    if (peer === this.#next) {
      this.#shown.change(peer);
      this.#next = undefined;
    }
    if (peer === this.#shown.peer) this.#shown.add(track);
  }
}
