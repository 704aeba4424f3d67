import type { PreviewFeature } from "../../../../agent/contract/session.ts";
import { act, one } from "../../shared/dom.ts";
import { setLine } from "../lines.ts";
import { notice } from "../notices.ts";
import { isNarrow, onShow } from "../panes.ts";
import type { LinkState } from "../reconnect.ts";
import { recall, remember } from "../remember.ts";
import { lookUp } from "../session.ts";
import { ClipboardPanel } from "./clipboard-panel.ts";
import { sayEmpty, showEmpty, showStarting } from "./empty.ts";
import { FullScreen } from "./full-screen.ts";
import { OwnClipboard } from "./own-clipboard.ts";
import { dropStill, keepStill } from "./still.ts";
import type { Viewer } from "./viewer.ts";

/** So many connections without a picture: it isn't just slow. */
const PATIENCE = 5;

/** A picture nobody looks at costs a browser on the machine: after this the line is dropped, and picked up when one looks again. */
const UNSEEN_MS = 60_000;

export interface PreviewOptions {
  /** Where "was open" is remembered. */
  key: string;
  feature: PreviewFeature;
  onState(state: LinkState): void;
}

const OPENED = "Claude, or another program in the terminal, opened it.";

/** The seat's own browser, seen and driven. It starts when it's first opened. */
export class Preview {
  readonly #screen = one("[data-screen]");
  readonly #clipboard = new ClipboardPanel((text) => this.#viewer?.paste(text));
  readonly #own = new OwnClipboard(this.#screen, (text) => this.#viewer?.paste(text));
  readonly #full = new FullScreen(() => this.focus());
  #feature: PreviewFeature;
  #wanted = false;
  #viewer: Viewer | undefined;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #seenAt: Date | undefined;
  #failed = 0;
  #fit = true;

  constructor(readonly options: PreviewOptions) {
    this.#feature = options.feature;
    act("preview-open", (button) => void this.#press(button));
    act("preview-fit", (button) => this.#toggleFit(button));
    act("preview-keyboard", (button) => button.setAttribute("aria-pressed", String(this.#viewer?.toggleKeyboard() ?? false)));
    // Choosing the pane on a narrow page is opening it.
    onShow((place) => place === "preview" && isNarrow() && this.open());
    new IntersectionObserver(([at]) => this.#watchSeen(at?.isIntersecting === true)).observe(one('[data-panel="preview"]'));
    document.addEventListener("visibilitychange", () => this.#watchSeen(!document.hidden));
    showEmpty(this.#feature);
    if (recall(options.key, false)) this.open();
  }

  open(): void {
    if (this.#wanted || !this.#feature.available) return;
    this.#wanted = true;
    remember(this.options.key, true);
    void this.#connect();
  }

  /** A program uses the browser: it opens here too. Where another pane is in front, that is said. */
  showDriven(): void {
    if (this.#wanted || !this.#feature.available) return;
    if (isNarrow())
      notice({ id: "driven", icon: "globe", strong: "A program opened your browser.", rest: "Choose Preview to watch." });
    else {
      this.open();
      sayEmpty("Your browser is starting.", OPENED);
    }
  }

  retry = (): void => this.#viewer?.retry();

  stop(): void {
    this.#wanted = false;
    this.#full.leave();
    this.#drop();
  }

  focus(): void {
    if (this.#viewer && this.#seenAt) this.#viewer.focus();
    else one('[data-act="preview-open"]').focus();
  }

  async #press(button: HTMLButtonElement): Promise<void> {
    if (this.#feature.available) return this.open();
    button.disabled = true;
    const sight = await lookUp();
    button.disabled = false;
    if (sight.is === "here") this.#feature = sight.session.features.preview;
    showEmpty(this.#feature);
    this.open();
  }

  async #connect(): Promise<void> {
    if (!this.#seenAt) showStarting();
    setLine("preview", this.#seenAt ? "lost" : "connecting", this.#lostText());
    const { VncViewer } = await import("./vnc-viewer.ts");
    if (!this.#wanted || this.#viewer) return;
    this.#viewer = new VncViewer({
      screen: this.#screen,
      fitted: this.#fit,
      onPicture: () => this.#connected(),
      onState: (state) => this.#changed(state),
      onHeldBack: (why) => this.#heldBack(why),
      onCopied: (text) => {
        this.#clipboard.show(text);
        this.#own.copied(text);
      },
      onPasted: (text) => this.#own.pasted(text),
    });
  }

  #connected(): void {
    dropStill(this.#screen);
    this.#seenAt = new Date();
    this.#failed = 0;
    this.#screen.hidden = false;
    one("[data-preview-empty]").hidden = true;
    this.#showTools(true);
    setLine("preview", "open");
  }

  #changed(state: LinkState): void {
    if (this.#seenAt) {
      this.#seenAt = new Date();
      keepStill(this.#screen);
    }
    if (state === "reconnecting") this.#waits();
    this.options.onState(state);
  }

  #waits(): void {
    setLine("preview", this.#seenAt ? "lost" : "connecting", this.#lostText());
    if (!this.#seenAt && ++this.#failed >= PATIENCE)
      sayEmpty("Your browser doesn’t come up.", "It is tried again and again; tell your instructor if this stays.");
  }

  #heldBack(why: string): void {
    if (this.#seenAt) setLine("preview", "lost", why);
    else one("[data-preview-text]").textContent = why;
  }

  #drop(): void {
    const viewer = this.#viewer;
    this.#viewer = undefined;
    viewer?.stop();
    setLine("preview", "off");
  }

  #watchSeen(seen: boolean): void {
    clearTimeout(this.#unseen);
    if (!this.#wanted) return;
    if (!seen) this.#unseen = setTimeout(() => this.#drop(), UNSEEN_MS);
    else if (!this.#viewer && !document.hidden) void this.#connect();
  }

  #lostText(): string {
    return this.#seenAt ? `Reconnecting. The picture is from ${this.#seenAt.toTimeString().slice(0, 8)}.` : "Reconnecting.";
  }

  #showTools(shown: boolean): void {
    for (const name of ["preview-fit", "preview-clipboard", "preview-keyboard"]) one(`[data-act="${name}"]`).hidden = !shown;
    this.#full.show(shown);
    one("[data-preview-word]").hidden = !shown;
  }

  #toggleFit(button: HTMLElement): void {
    this.#fit = !this.#fit;
    const label = this.#fit ? "Show pixel by pixel" : "Fit to the pane";
    button.title = label;
    button.setAttribute("aria-label", label);
    this.#viewer?.fit(this.#fit);
  }
}
