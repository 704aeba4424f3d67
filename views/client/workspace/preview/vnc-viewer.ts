import { type Link, type LinkState, openLink } from "../reconnect.ts";
import { seatGate } from "../seat/gate.ts";
import { base } from "../session.ts";
import { PaneScreen } from "./pane-screen.ts";
import { ScreenChannel } from "./screen-channel.ts";
import type { Viewer, ViewerOptions } from "./viewer.ts";

/** Pictures of the seat's screen, by RFB over the web connection: it passes wherever the page does. */
export class VncViewer implements Viewer {
  readonly #link: Link;
  readonly #gone = new AbortController();
  #channel: ScreenChannel | undefined;
  #rfb: PaneScreen | undefined;
  #fitted: boolean;

  constructor(readonly options: ViewerOptions) {
    this.#fitted = options.fitted;
    this.#link = openLink({
      url: `${base}vnc`,
      gate: seatGate,
      onOpen: () => this.#draw(),
      onMessage: (data) => data instanceof ArrayBuffer && this.#channel?.onmessage?.({ data }),
      onState: (state) => this.#changed(state),
      onHeldBack: options.onHeldBack,
    });
    // Who works here has the size, also after another viewer of the seat had it.
    options.screen.addEventListener("pointerdown", () => this.#takeSize(), { capture: true, signal: this.#gone.signal });
  }

  stop(): void {
    this.#gone.abort();
    this.#link.close();
  }

  focus(): void {
    this.#rfb?.focus();
  }

  retry(): void {
    this.#link.retryNow();
  }

  fit(fitted: boolean): void {
    this.#fitted = fitted;
    if (!this.#rfb) return;
    this.#rfb.scaleViewport = fitted;
    this.#rfb.clipViewport = !fitted;
  }

  paste(text: string): void {
    this.#rfb?.clipboardPasteFrom(text);
  }

  #draw(): void {
    this.#channel = new ScreenChannel(this.#link);
    const rfb = new PaneScreen(this.options.screen, this.#channel, { shared: true });
    this.#rfb = rfb;
    rfb.background = "transparent";
    rfb.qualityLevel = 6;
    rfb.compressionLevel = 2;
    this.#takeSize();
    this.fit(this.#fitted);
    rfb.addEventListener("connect", () => this.options.onPicture());
    rfb.addEventListener("clipboard", (event) => this.options.onCopied((event as CustomEvent<{ text: string }>).detail.text));
  }

  #changed(state: LinkState): void {
    if (state === "connected") return;
    this.options.onState(state);
    this.#channel?.cut();
    this.#channel = undefined;
    this.#rfb = undefined;
  }

  #takeSize(): void {
    if (this.#rfb) this.#rfb.resizeSession = true;
  }
}
