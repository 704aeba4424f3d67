import Rfb from "@novnc/novnc";
import type { KeyField } from "./key-field.ts";
import type { Quality, Update } from "./line-quality.ts";
import { COPY_HEAD, OwedCopy } from "./owed-copy.ts";
import { type Extent, screenFor } from "./screen-size.ts";
import { SeatKeys } from "./seat-keys.ts";
import type { UpdateMeter } from "./update-meter.ts";

/** A divider on its way asks for no size: each one makes the seat's browser draw everything anew. */
const STILL_MS = 250;

/** Fences (RFB's extension of that name): padding of three bytes, flags of four, a length, and so many bytes. */
const FENCE_HEAD = 8;
const FENCE_FLAGS = 3;
const FENCE_LENGTH = 7;
/** The highest bit of its flags: whoever gets it sends it back, after all that came before. */
const FENCE_REQUEST = 0x80;
const FENCE = [248, 0, 0, 0, FENCE_REQUEST, 0, 0, 0, 0];

/** One pixel, changed or not: what a server without fences answers. */
const ONE_PIXEL = [3, 0, 0, 0, 0, 0, 0, 1, 0, 1];

export interface PaneScreenOptions {
  /** What has the keyboard. */
  field: KeyField;
  meter: UpdateMeter;
  quality: Quality;
  onUpdate(update: Update): void;
  /** What was copied in the seat's browser is too long to come here. */
  onLeftOut(): void;
  /** Sends a `question()`. */
  ask(): void;
}

/**
 * The seat's screen in the size of its pane. Of two viewers the one whose pane changed last, or who last pressed in it, has the size;
 * the other scales the picture.
 */
export class PaneScreen extends Rfb {
  readonly #options: PaneScreenOptions;
  readonly #keys = new SeatKeys();
  readonly #owed: OwedCopy;
  #still: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #share: number;

  constructor(target: HTMLElement, channel: object, options: PaneScreenOptions) {
    super(target, channel, { shared: true });
    this.#options = options;
    this.#share = options.quality.share;
    this.#owed = new OwedCopy(options.onLeftOut);
    this._keyboard._target = options.field.element;
    this.setQuality(options.quality);
  }

  setQuality({ quality, compression, share }: Quality): void {
    this.qualityLevel = quality;
    this.compressionLevel = compression;
    const isOther = share !== this.#share;
    this.#share = share;
    if (isOther) this._requestRemoteResize();
  }

  /** A question that the screen's server answers at once, with a few bytes. */
  question(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this._supportsFence ? FENCE : ONE_PIXEL);
  }

  override focus(options?: FocusOptions): void {
    this.#options.field.element.focus(options);
  }

  override blur(): void {
    this.#options.field.element.blur();
  }

  override _handleKeyEvent(...[keysym, code, down, ...locks]: Parameters<Rfb["_handleKeyEvent"]>): void {
    const { character } = this.#options.field;
    super._handleKeyEvent(this.#keys.sent(keysym, code, down, character), code, down, ...locks);
  }

  override _framebufferUpdate(): boolean {
    const { meter, onUpdate, ask } = this.#options;
    if (this._FBU.rects === 0) meter.begin();
    const isWhole = super._framebufferUpdate();
    if (!isWhole) return false;
    onUpdate(meter.end());
    if (this._supportsFence && meter.isDue(performance.now())) {
      meter.asked(performance.now());
      ask();
    }
    return true;
  }

  override _handleServerCutText(): boolean {
    if (!this._sock.rQwait("copied", COPY_HEAD, 0)) this.#owed.hear(this._sock.rQpeekBytes(COPY_HEAD));
    return super._handleServerCutText();
  }

  /** Its line is gone, and what it owed with it. */
  forget(): void {
    this.#owed.forget();
  }

  /** Each picture is asked for when the last is here: what a server sends by itself fills all that holds bytes before a slow line, and gets old there. */
  override _updateContinuousUpdates(): void {
    this._enabledContinuousUpdates = false;
  }

  /** noVNC takes a fence that comes back for a fault: it never sends one. */
  override _handleServerFenceMsg(): boolean {
    if (this._sock.rQwait("fence", FENCE_HEAD, 1)) return false;
    const head = this._sock.rQpeekBytes(FENCE_HEAD);
    if ((head[FENCE_FLAGS] ?? 0) & FENCE_REQUEST) return super._handleServerFenceMsg();
    const whole = FENCE_HEAD + (head[FENCE_LENGTH] ?? 0);
    if (this._sock.rQwait("fence", whole, 1)) return false;
    this._sock.rQskipBytes(whole);
    this.#options.meter.answered();
    return true;
  }

  override _requestRemoteResize(): void {
    clearTimeout(this.#still);
    this.#still = setTimeout(() => this.#ask(), STILL_MS);
  }

  /** Undone in the page: noVNC asks for what this says, and scales to what it says otherwise. */
  override _screenSize(): Extent {
    const pane = super._screenSize();
    return this.#asking ? screenFor(pane, this.#share) : pane;
  }

  #ask(): void {
    // A pane that isn't shown has no size.
    if (super._screenSize().w < 1) return;
    this.#asking = true;
    super._requestRemoteResize();
    this.#asking = false;
  }
}
