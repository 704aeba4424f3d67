import { make } from "../../shared/dom.ts";
import type { LinkState } from "../reconnect.ts";
import type { Happening } from "./ladder/happenings.ts";
import type { Kind } from "./ladder/state.ts";
import { keepStill } from "./still.ts";
import type { Viewer } from "./viewer.ts";

export interface ViewersOptions {
  screen: HTMLElement;
  /** What the ladder is to know. */
  onHappening(happening: Happening): void;
  onState(kind: Kind, state: LinkState): void;
  onHeldBack(kind: Kind, why: string): void;
  onCopied(text: string): void;
  onPasted(text: string): void;
}

interface Running {
  /** Of its own: one draws while the other is still looked at. */
  readonly place: HTMLElement;
  viewer?: Viewer;
  /** Of `vnc`: there is one; there was one before the line was lost. */
  picture: boolean;
  lost: boolean;
}

/** The viewers that run now, at most one of a kind, each with a place of its own over the pane's screen. Their code comes when it is needed. */
export class Viewers {
  readonly #running = new Map<Kind, Running>();
  #shown: Kind | undefined;
  #fitted = true;
  #sound = false;
  /** Who typed in a viewer that is gone types on in the next, once it is there. */
  #hasKeys = false;

  constructor(readonly options: ViewersOptions) {}

  get shown(): Viewer | undefined {
    return this.#shown && this.#running.get(this.#shown)?.viewer;
  }

  /** Starts what isn't running, shows one, ends the others; of one that is ended while it is looked at, the picture stays. */
  set(run: readonly Kind[], show: Kind | undefined): void {
    this.#hasKeys ||= this.#hasFocus();
    for (const kind of run) if (!this.#running.has(kind)) void this.#start(kind);
    for (const kind of [...this.#running.keys()]) if (!run.includes(kind)) this.#stop(kind);
    this.#shown = show;
    for (const [kind, { place }] of this.#running) place.toggleAttribute("data-shown", kind === show);
    if (this.#hasKeys && this.shown) this.#handKeysOn(this.shown);
  }

  retry(): void {
    for (const { viewer } of this.#running.values()) viewer?.retry();
  }

  fit(fitted: boolean): void {
    this.#fitted = fitted;
    for (const { viewer } of this.#running.values()) viewer?.fit(fitted);
  }

  sound(on: boolean): void {
    this.#sound = on;
    for (const { viewer } of this.#running.values()) viewer?.sound?.(on);
  }

  #hasFocus(): boolean {
    return this.options.screen.contains(document.activeElement);
  }

  /** Not to her who types elsewhere meanwhile. */
  #handKeysOn(shown: Viewer): void {
    this.#hasKeys = false;
    const place = this.#shown && this.#running.get(this.#shown)?.place;
    if (place?.contains(document.activeElement)) return;
    if (this.#hasFocus() || document.activeElement === document.body) shown.focus();
  }

  async #start(kind: Kind): Promise<void> {
    const running: Running = { place: make("div", { class: "place", "data-viewer": kind }), picture: false, lost: false };
    this.#running.set(kind, running);
    this.options.screen.append(running.place);
    const open = kind === "vnc" ? await this.#vnc() : await this.#neko();
    // It may have been ended meanwhile.
    if (this.#running.get(kind) === running) running.viewer = open(running);
  }

  async #vnc() {
    const { VncViewer } = await import("./vnc-viewer.ts");
    return (running: Running): Viewer =>
      new VncViewer({ ...this.#common("vnc", running), onPicture: () => this.#picture(running) });
  }

  async #neko() {
    const { NekoViewer } = await import("./neko/viewer.ts");
    const { onHappening } = this.options;
    const happens = (is: "asked" | "provided" | "frame" | "unusable") => () => onHappening({ is });
    return (running: Running): Viewer =>
      new NekoViewer({
        ...this.#common("neko", running),
        ...{ onAsked: happens("asked"), onProvided: happens("provided"), onFrame: happens("frame") },
        ...{ onUnusable: happens("unusable"), sound: this.#sound },
        onOtherWay: (words) => onHappening({ is: "refused", words }),
      });
  }

  #common(kind: Kind, running: Running) {
    const { options } = this;
    return {
      screen: running.place,
      fitted: this.#fitted,
      onState: (state: LinkState) => this.#changed(kind, running, state),
      onHeldBack: (why: string) => options.onHeldBack(kind, why),
      ...{ onCopied: options.onCopied, onPasted: options.onPasted },
    };
  }

  #picture(running: Running): void {
    running.picture = true;
    this.options.onHappening({ is: "picture", there: true });
    // What cut this line may have cut the video's.
    if (running.lost) this.options.onHappening({ is: "hint" });
    running.lost = false;
  }

  #changed(kind: Kind, running: Running, state: LinkState): void {
    if (this.#running.get(kind) !== running) return;
    if (running.picture && state !== "connected") {
      this.#keep(kind, running);
      running.lost = true;
      running.picture = false;
      this.options.onHappening({ is: "picture", there: false });
    }
    this.options.onState(kind, state);
  }

  #keep(kind: Kind, { place, picture }: Running): void {
    if (this.#shown === kind && (picture || kind === "neko")) keepStill(this.options.screen, place);
  }

  #stop(kind: Kind): void {
    const running = this.#running.get(kind);
    if (!running) return;
    this.#keep(kind, running);
    this.#running.delete(kind);
    running.viewer?.stop();
    running.place.remove();
  }
}
