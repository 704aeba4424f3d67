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
import { Media, type MediaEvents } from "./media.ts";
import { Pointer } from "./pointer.ts";
import { type Heard, hear, say } from "./signalling.ts";
import { Typing } from "./typing.ts";

export interface NekoOptions extends ViewerOptions, MediaEvents {
  /** The agent has no live video for this seat now, and says why: a sentence for people. The line isn't tried any more. */
  onOtherWay(why: string): void;
}

/** The seat's screen as live video with sound, by WebRTC beside the web connection, which only carries the words for it. */
export class NekoViewer implements Viewer {
  readonly #link: Link;
  readonly #gone = new AbortController();
  readonly #media: Media;
  readonly #stage: HTMLElement;
  readonly #control = new Control(
    (event, payload) => this.#say(event, payload),
    () => performance.now(),
  );
  readonly #typing: Typing;
  readonly #pointer: Pointer;
  #screen: Extent = { w: 1280, h: 720 };
  #touch = false;

  constructor(readonly options: NekoOptions) {
    const { screen } = options;
    const { signal } = this.#gone;
    const send = this.#control.do.bind(this.#control);
    this.#media = new Media(options, {
      say: (event, payload) => this.#say(event, payload),
      isThere: () => this.#link.state === "connected",
      onChannel: (channel) => {
        this.#control.channel = channel;
      },
    });
    const picture = this.#media.video;
    this.#stage = make("div", { class: "live" }, picture);
    screen.append(this.#stage);
    this.#typing = new Typing({ stage: this.#stage, send, paste: (text) => this.#pasteNow(text), signal });
    const at = { stage: this.#stage, picture, screen: () => this.#screen, touch: () => this.#touch };
    this.#pointer = new Pointer({ ...at, send, signal });
    this.#stage.addEventListener("pointerdown", ({ pointerType }) => pointerType !== "touch" && this.focus(), { signal });
    addEventListener("blur", () => this.#releaseAll(), { signal });
    this.fit(options.fitted);
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
    this.#link.close();
    this.#media.stop();
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

  sound(on: boolean): void {
    this.#media.sound(on);
  }

  #heard(heard: Heard | undefined): void {
    if (!heard) return;
    if (heard.is === "init") this.#begin(heard);
    else if (heard.is === "provide") this.#media.provided(heard.sdp, heard.iceServers);
    else if (heard.is === "offer") this.#media.offer(heard.sdp);
    else if (heard.is === "candidate") this.#media.candidate(heard.candidate);
    else if (heard.is === "host") this.#control.host = heard.host;
    else if (heard.is === "screen") this.#screen = heard.screen;
    else if (heard.is === "copied") this.options.onCopied(heard.text);
    else if (heard.is === "left-out") sayLeftOut();
    else if (heard.is === "close") this.#media.askLater();
    else this.#link.renew();
  }

  #begin({ session, host, screen, touch }: Extract<Heard, { is: "init" }>): void {
    Object.assign(this.#control, { session, host });
    this.#screen = screen;
    this.#touch = touch;
    if (!host) this.#say("control/request");
    this.#media.ask();
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
