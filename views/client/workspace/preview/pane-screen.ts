import Rfb from "@novnc/novnc";
import { type Extent, screenFor } from "./screen-size.ts";

/** A divider on its way asks for no size: each one makes the seat's browser draw everything anew. */
const STILL_MS = 250;

/**
 * The seat's screen in the size of its pane. Of two viewers the one whose pane changed last, or who last pressed in it, has the size;
 * the other scales the picture.
 */
export class PaneScreen extends Rfb {
  #still: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  override _requestRemoteResize(): void {
    clearTimeout(this.#still);
    this.#still = setTimeout(() => this.#ask(), STILL_MS);
  }

  /** Undone in the page: noVNC asks for what this says, and scales to what it says otherwise. */
  override _screenSize(): Extent {
    const pane = super._screenSize();
    return this.#asking ? screenFor(pane) : pane;
  }

  #ask(): void {
    // A pane that isn't shown has no size.
    if (super._screenSize().w < 1) return;
    this.#asking = true;
    super._requestRemoteResize();
    this.#asking = false;
  }
}
