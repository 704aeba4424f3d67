import { CLIPBOARD_LIMIT } from "../../../../agent/contract/clipboard.ts";
import { type Link, type LinkState, openLink } from "../reconnect.ts";
import { seatGate } from "../seat/gate.ts";
import { base } from "../session.ts";
import { KeyField } from "./key-field.ts";
import { freshLine, type Line, learn, QUALITIES, type Quality, type Update } from "./line-quality.ts";
import { PaneScreen } from "./pane-screen.ts";
import { ScreenChannel } from "./screen-channel.ts";
import { isPasteable, sayLeftOut } from "./too-long.ts";
import { BACKSPACE, type Edit, isTypable, keysymOf } from "./typed-text.ts";
import { UpdateMeter } from "./update-meter.ts";
import type { Viewer, ViewerOptions } from "./viewer.ts";

const CONTROL = 0xffe3;
const V = 0x76;

/** With fingers a picture that is larger than its pane is dragged; a pointer has scroll bars. */
const isTouch = matchMedia("(pointer: coarse)");

export interface VncOptions extends ViewerOptions {
  /** There is a picture: the first one, and again after each lost line. */
  onPicture(): void;
}

/** Pictures of the seat's screen, by RFB over the web connection: it passes wherever the page does. */
export class VncViewer implements Viewer {
  readonly #link: Link;
  readonly #gone = new AbortController();
  readonly #field: KeyField;
  readonly #meter = new UpdateMeter();
  #line: Line = freshLine(performance.now());
  #channel: ScreenChannel | undefined;
  #rfb: PaneScreen | undefined;
  #fitted: boolean;
  #isShown = false;

  constructor(readonly options: VncOptions) {
    const { screen } = options;
    const { signal } = this.#gone;
    this.#fitted = options.fitted;
    this.#field = new KeyField(screen, { onText: (edit) => this.#type(edit), onPaste: (text) => this.#pasteNow(text) }, signal);
    this.#link = openLink({
      url: `${base}vnc`,
      gate: seatGate,
      onOpen: () => this.#draw(),
      onMessage: (data) => data instanceof ArrayBuffer && this.#hear(data),
      onState: (state) => this.#changed(state),
      onHeldBack: options.onHeldBack,
      // Nothing comes while nothing changes: a proxy may cut a line that is so still, and a dead one looks the same.
      probe: () => this.#ask(),
    });
    // Who works here has the size, also after another viewer of the seat had it.
    screen.addEventListener("pointerdown", () => this.#takeSize(), { capture: true, signal });
  }

  stop(): void {
    this.#gone.abort();
    this.#link.close();
  }

  /** Also before there is a picture: the keyboard waits for it. */
  focus(): void {
    this.#field.element.focus({ preventScroll: true });
  }

  retry(): void {
    this.#link.retryNow();
  }

  toggleKeyboard(): boolean {
    return this.#field.toggleKeyboard();
  }

  fit(fitted: boolean): void {
    this.#fitted = fitted;
    if (!this.#rfb) return;
    this.#rfb.scaleViewport = fitted;
    this.#rfb.clipViewport = !fitted && isTouch.matches;
    this.#rfb.dragViewport = !fitted && isTouch.matches;
  }

  paste(text: string): void {
    if (isPasteable(text, CLIPBOARD_LIMIT)) this.#rfb?.clipboardPasteFrom(text);
  }

  /** Not before there is a picture: the seat's browser may take its time to start. */
  #ask(): false | undefined {
    if (!this.#isShown || !this.#rfb) return false;
    this.#link.send(this.#rfb.question());
    return undefined;
  }

  #draw(): void {
    this.#isShown = false;
    this.#channel = new ScreenChannel(this.#link);
    const rfb = new PaneScreen(this.options.screen, this.#channel, {
      field: this.#field,
      meter: this.#meter,
      quality: this.#quality(),
      onUpdate: (update) => this.#learn(update),
      onLeftOut: sayLeftOut,
      ask: () => this.#ask(),
    });
    this.#rfb = rfb;
    rfb.background = "transparent";
    this.#takeSize();
    this.fit(this.#fitted);
    rfb.addEventListener("connect", () => {
      this.#isShown = true;
      this.options.onPicture();
    });
    rfb.addEventListener("clipboard", (event) => this.options.onCopied((event as CustomEvent<{ text: string }>).detail.text));
  }

  #hear(data: ArrayBuffer): void {
    this.#meter.heard(performance.now(), data.byteLength);
    this.#channel?.onmessage?.({ data });
  }

  #learn(update: Update): void {
    const { level } = this.#line;
    this.#line = learn(this.#line, update);
    if (this.#line.level === level) return;
    this.options.screen.dataset.quality = String(this.#line.level);
    this.#rfb?.setQuality(this.#quality());
  }

  #quality(): Quality {
    return QUALITIES[this.#line.level] ?? QUALITIES[0];
  }

  #changed(state: LinkState): void {
    if (state === "connected") return;
    this.options.onState(state);
    this.#channel?.cut();
    this.#rfb?.forget();
    this.#channel = undefined;
    this.#rfb = undefined;
  }

  #takeSize(): void {
    if (this.#rfb) this.#rfb.resizeSession = true;
  }

  #type({ back, text }: Edit): void {
    for (let i = 0; i < back; i++) this.#rfb?.sendKey(BACKSPACE, "Backspace");
    if (isTypable(text)) for (const character of text) this.#rfb?.sendKey(keysymOf(character), "");
    else this.#pasteByKeys(text);
  }

  /** Control is down already: the learner's finger is on it. */
  #pasteNow(text: string): void {
    if (text) this.paste(text);
    this.options.onPasted(text);
    this.#rfb?.sendKey(V, "");
  }

  /** More characters than keys: an input method's words. */
  #pasteByKeys(text: string): void {
    this.paste(text);
    this.#rfb?.sendKey(CONTROL, "", true);
    this.#rfb?.sendKey(V, "");
    this.#rfb?.sendKey(CONTROL, "", false);
  }
}
