import { FRAME_LIMIT } from "../../../../../agent/contract/frames.ts";
import type { ToNeko } from "../../../../../agent/contract/neko-events.ts";
import { make } from "../../../shared/dom.ts";
import { type Link, type LinkState, openLink } from "../../reconnect.ts";
import { seatGate } from "../../seat/gate.ts";
import { base } from "../../session.ts";
import type { Extent } from "../screen-size.ts";
import { isPasteable, sayLeftOut } from "../too-long.ts";
import type { Viewer, ViewerOptions } from "../viewer.ts";
import { Control } from "./control.ts";
import { Peer } from "./peer.ts";
import { Pointer } from "./pointer.ts";
import { type Heard, hear, say } from "./signalling.ts";
import { Typing } from "./typing.ts";

/** How often it is looked whether pictures were decoded. */
const LOOK_MS = 250;

/** Between two requests for media: a peer that fails at once isn't asked for in a circle. */
const ASK_AGAIN_MS = 2_000;

export interface NekoOptions extends ViewerOptions {
  /** The media was asked for. */
  onAsked(): void;
  /** It was offered. */
  onProvided(): void;
  /** Pictures were decoded since the last call. */
  onFrame(): void;
  /** It makes no sense to this browser, which may lack the way in which the video is written. */
  onUnusable(): void;
  /** The agent has no live video for this seat now, and says why: a sentence for people. The line isn't tried any more. */
  onOtherWay(why: string): void;
  sound: boolean;
}

/** The seat's screen as live video with sound, by WebRTC beside the web connection, which only carries the words for it. */
export class NekoViewer implements Viewer {
  readonly #link: Link;
  readonly #gone = new AbortController();
  readonly #video = make("video", { autoplay: true, playsinline: true, muted: true });
  readonly #stage = make("div", { class: "live" }, this.#video);
  readonly #control = new Control(
    (event, payload) => this.#say(event, payload),
    () => performance.now(),
  );
  readonly #typing: Typing;
  readonly #pointer: Pointer;
  readonly #look: ReturnType<typeof setInterval>;
  /** Of which one sees pictures, and the one that was asked for after it. */
  #peer: Peer | undefined;
  #next: Peer | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #again: ReturnType<typeof setTimeout> | undefined;
  #decoded = 0;
  #screen: Extent = { w: 1280, h: 720 };
  #touch = false;
  #sound: boolean;

  constructor(readonly options: NekoOptions) {
    const { screen } = options;
    const { signal } = this.#gone;
    const send = this.#control.do.bind(this.#control);
    this.#sound = options.sound;
    this.#video.muted = !options.sound;
    screen.append(this.#stage);
    this.#typing = new Typing({ stage: this.#stage, send, paste: (text) => this.#pasteNow(text), signal });
    const picture = this.#video;
    const at = { stage: this.#stage, picture, screen: () => this.#screen, touch: () => this.#touch };
    this.#pointer = new Pointer({ ...at, send, signal });
    this.#stage.addEventListener("pointerdown", ({ pointerType }) => pointerType !== "touch" && this.focus(), { signal });
    picture.addEventListener("loadeddata", () => options.onFrame(), { signal });
    addEventListener("blur", () => this.#releaseAll(), { signal });
    this.fit(options.fitted);
    this.#look = setInterval(() => void this.#lookForFrames(), LOOK_MS);
    this.#link = openLink({
      url: `${base}browser`,
      gate: seatGate,
      onOpen: () => this.#control.reset(),
      onMessage: (data) => this.#heard(hear(data)),
      onState: (state) => this.#changed(state),
      onHeldBack: options.onHeldBack,
      onOtherWay: options.onOtherWay,
      probe: () => void this.#say("client/heartbeat"),
    });
  }

  stop(): void {
    this.#releaseAll();
    this.#gone.abort();
    clearInterval(this.#look);
    clearTimeout(this.#again);
    this.#link.close();
    for (const peer of [this.#peer, this.#next]) peer?.close();
    this.#stage.remove();
  }

  focus(): void {
    this.#typing.focus();
  }

  retry(): void {
    this.#link.retryNow();
  }

  toggleKeyboard(): boolean {
    return this.#typing.toggleKeyboard();
  }

  fit(fitted: boolean): void {
    this.#stage.dataset.fit = String(fitted);
  }

  paste(text: string): void {
    this.#hand("clipboard/set", { text });
  }

  /** Silent until the learner wants to hear it: browsers start nothing that makes a noise, and unheard sound costs its way. */
  sound(on: boolean): void {
    this.#sound = on;
    this.#video.muted = !on;
    this.#say("signal/audio", { disabled: !on });
    void this.#video.play().catch(() => {});
  }

  #heard(heard: Heard | undefined): void {
    if (!heard) return;
    if (heard.is === "init") this.#begin(heard);
    else if (heard.is === "provide") this.#provided(heard.sdp, heard.iceServers);
    else if (heard.is === "offer") void (this.#next ?? this.#peer)?.offer(heard.sdp);
    else if (heard.is === "candidate") void (this.#next ?? this.#peer)?.candidate(heard.candidate);
    else if (heard.is === "host") this.#control.host = heard.host;
    else if (heard.is === "screen") this.#screen = heard.screen;
    else if (heard.is === "copied") this.options.onCopied(heard.text);
    else if (heard.is === "left-out") sayLeftOut();
    else if (heard.is === "close") this.#askLater();
    else this.#link.renew();
  }

  #begin({ session, host, screen, touch }: Extract<Heard, { is: "init" }>): void {
    Object.assign(this.#control, { session, host });
    this.#screen = screen;
    this.#touch = touch;
    if (!host) this.#say("control/request");
    this.#ask();
  }

  #ask(): void {
    this.#askedAt = performance.now();
    this.#next?.close();
    this.#next = this.#newPeer();
    this.#say("signal/request", { video: {}, audio: { disabled: !this.#sound } });
    this.options.onAsked();
  }

  #askLater(): void {
    clearTimeout(this.#again);
    const wait = Math.max(0, this.#askedAt + ASK_AGAIN_MS - performance.now());
    this.#again = setTimeout(() => this.#link.state === "connected" && this.#ask(), wait);
  }

  /** One for each request: what wasn't asked for has no effect. */
  #provided(sdp: string, iceServers: RTCIceServer[]): void {
    if (!this.#next || this.#next.offered) return;
    void this.#next.provide(sdp, iceServers);
    this.options.onProvided();
  }

  #newPeer(): Peer {
    const peer: Peer = new Peer({
      onAnswer: (sdp) => this.#say("signal/answer", { sdp }),
      onCandidate: (candidate) => this.#say("signal/candidate", candidate),
      onTrack: (track) => this.#show(peer, track),
      onChannel: (channel) => {
        this.#control.channel = channel;
      },
      onFailed: () => this.#askLater(),
      onUnusable: () => this.options.onUnusable(),
    });
    return peer;
  }

  /** The picture of the one before stays until the next has a track. */
  #show(peer: Peer, track: MediaStreamTrack): void {
    if (peer === this.#next) {
      this.#peer?.close();
      this.#peer = peer;
      this.#next = undefined;
      this.#decoded = 0;
      this.#video.srcObject = new MediaStream();
    }
    const stream = this.#video.srcObject;
    if (peer !== this.#peer || !(stream instanceof MediaStream)) return;
    stream.addTrack(track);
    void this.#video.play().catch(() => {});
  }

  async #lookForFrames(): Promise<void> {
    const peer = this.#peer;
    const decoded = await peer?.decoded();
    if (decoded === undefined || peer !== this.#peer || decoded <= this.#decoded) return;
    this.#decoded = decoded;
    this.options.onFrame();
  }

  #changed(state: LinkState): void {
    if (state !== "connected") this.#control.reset();
    this.options.onState(state);
  }

  /** With the learner's own text, or with what the seat has. */
  #pasteNow(text: string): void {
    if (this.#hand("control/paste", text === "" ? {} : { text })) this.options.onPasted(text);
  }

  /** A text of the learner's; every door on the way would end the line of a frame that is too long. @returns whether it went */
  #hand(event: ToNeko, payload: object): boolean {
    const frame = say(event, payload);
    return isPasteable(frame, FRAME_LIMIT) && this.#link.send(frame);
  }

  #releaseAll(): void {
    this.#typing.releaseAll();
    this.#pointer.releaseAll();
  }

  #say(event: ToNeko, payload?: object): boolean {
    return this.#link.send(say(event, payload));
  }
}
