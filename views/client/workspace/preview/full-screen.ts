import { act, one } from "../../shared/dom.ts";

/** Keys that the browser would keep for itself, where it lets a page in full screen have them all. */
interface KeyboardLock {
  lock?(): Promise<void>;
  unlock?(): void;
}
const keyboard = (navigator as { keyboard?: KeyboardLock }).keyboard;

/** The preview on the whole screen and back, and how one leaves it. Browsers without it (iPhones) show no button. */
export class FullScreen {
  readonly #pane = one('[data-panel="preview"]');
  readonly #button = one('[data-act="preview-full"]');
  readonly #way = one("[data-preview-leave]");

  /** @param entered the keyboard belongs into the picture then */
  constructor(entered: () => void) {
    act("preview-full", () => void this.#toggle());
    this.#pane.addEventListener("fullscreenchange", () => {
      this.#say();
      if (this.isOn) entered();
    });
  }

  get isOn(): boolean {
    return document.fullscreenElement === this.#pane;
  }

  show(shown: boolean): void {
    this.#button.hidden = !shown || !document.fullscreenEnabled;
  }

  /** What the page says now isn't in the preview. */
  leave(): void {
    if (this.isOn) void document.exitFullscreen().catch(() => {});
  }

  async #toggle(): Promise<void> {
    if (this.isOn) return this.leave();
    try {
      await this.#pane.requestFullscreen({ navigationUI: "hide" });
    } catch {
      // The browser doesn't want to now; the button is still there.
      return;
    }
    // Then Esc, Tab between windows and the like are the seat's, and Esc leaves only when it is held.
    const isLocked = await (keyboard?.lock?.().then(
      () => true,
      () => false,
    ) ?? false);
    this.#say(isLocked);
  }

  #say(isLocked = false): void {
    const label = this.isOn ? "Leave full screen" : "Full screen";
    this.#button.title = label;
    this.#button.setAttribute("aria-label", label);
    this.#button.setAttribute("aria-pressed", String(this.isOn));
    this.#way.hidden = !this.isOn;
    this.#way.textContent = isLocked ? "Hold Esc to leave" : "Esc leaves";
    if (!this.isOn) keyboard?.unlock?.();
  }
}
