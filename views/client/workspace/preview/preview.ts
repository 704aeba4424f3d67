import type { PreviewFeature } from "../../../../agent/contract/session.ts";
import { act, one, sentence } from "../../shared/dom.ts";
import { setLine } from "../lines.ts";
import { notice } from "../notices.ts";
import { isNarrow, onShow } from "../panes.ts";
import { type Link, type LinkState, openLink } from "../reconnect.ts";
import { recall, remember } from "../remember.ts";
import { seatGate } from "../seat/gate.ts";
import { base, lookUp } from "../session.ts";
import type { PaneScreen } from "./pane-screen.ts";
import { ScreenChannel } from "./screen-channel.ts";

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
  #feature: PreviewFeature;
  #wanted = false;
  #link: Link | undefined;
  #channel: ScreenChannel | undefined;
  #rfb: PaneScreen | undefined;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #seenAt: Date | undefined;
  #failed = 0;
  #fit = true;

  constructor(readonly options: PreviewOptions) {
    this.#feature = options.feature;
    act("preview-open", (button) => void this.#press(button));
    act("preview-fit", () => this.#toggleFit());
    act("preview-clipboard", (button) => this.#openClipboard(button));
    one<HTMLTextAreaElement>("[data-clipboard-text]").addEventListener("input", (event) => {
      this.#rfb?.clipboardPasteFrom((event.target as HTMLTextAreaElement).value);
    });
    // Choosing the pane on a narrow page is opening it.
    onShow((place) => place === "preview" && isNarrow() && this.open());
    new IntersectionObserver(([at]) => this.#watchSeen(at?.isIntersecting === true)).observe(one('[data-panel="preview"]'));
    document.addEventListener("visibilitychange", () => this.#watchSeen(!document.hidden));
    // Who works here has the size, also after another viewer of the seat had it.
    this.#screen.addEventListener("pointerdown", () => this.#takeSize(), { capture: true });
    this.#showEmpty();
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
      one("[data-preview-text]").replaceChildren(sentence("Your browser is starting.", OPENED));
    }
  }

  retry = (): void => this.#link?.retryNow();

  stop(): void {
    this.#wanted = false;
    this.#drop();
  }

  focus(): void {
    if (this.#rfb) this.#rfb.focus();
    else one('[data-act="preview-open"]').focus();
  }

  async #press(button: HTMLButtonElement): Promise<void> {
    if (this.#feature.available) return this.open();
    button.disabled = true;
    const sight = await lookUp();
    button.disabled = false;
    if (sight.is === "here") this.#feature = sight.session.features.preview;
    this.#showEmpty();
    this.open();
  }

  async #connect(): Promise<void> {
    if (!this.#seenAt) this.#showStarting();
    setLine("preview", this.#seenAt ? "lost" : "connecting", this.#lostText());
    const { PaneScreen } = await import("./pane-screen.ts");
    if (!this.#wanted || this.#link) return;
    const link = openLink({
      url: `${base}vnc`,
      gate: seatGate,
      onOpen: () => {
        this.#channel = new ScreenChannel(this.#link ?? link);
        this.#draw(new PaneScreen(this.#screen, this.#channel, { shared: true }));
      },
      onMessage: (data) => data instanceof ArrayBuffer && this.#channel?.onmessage?.({ data }),
      onState: (state) => this.#changed(state),
      onHeldBack: (why) => this.#heldBack(why),
    });
    this.#link = link;
  }

  #draw(rfb: PaneScreen): void {
    this.#rfb = rfb;
    rfb.background = "transparent";
    rfb.qualityLevel = 6;
    rfb.compressionLevel = 2;
    this.#takeSize();
    this.#applyFit();
    const still = this.#screen.querySelector(":scope > canvas");
    rfb.addEventListener("connect", () => {
      still?.remove();
      this.#connected();
    });
    rfb.addEventListener("clipboard", (event) => {
      one<HTMLTextAreaElement>("[data-clipboard-text]").value = (event as CustomEvent<{ text: string }>).detail.text;
    });
  }

  #connected(): void {
    this.#seenAt = new Date();
    this.#failed = 0;
    this.#screen.hidden = false;
    one("[data-preview-empty]").hidden = true;
    this.#showTools(true);
    setLine("preview", "open");
  }

  #changed(state: LinkState): void {
    if (state === "connected") return;
    this.#keepPicture();
    this.#channel?.cut();
    this.#channel = undefined;
    this.#rfb = undefined;
    if (state === "reconnecting") this.#waits();
    this.options.onState(state);
  }

  #waits(): void {
    setLine("preview", this.#seenAt ? "lost" : "connecting", this.#lostText());
    if (!this.#seenAt && ++this.#failed >= PATIENCE)
      one("[data-preview-text]").replaceChildren(
        sentence("Your browser doesn’t come up.", "It is tried again and again; tell your instructor if this stays."),
      );
  }

  #heldBack(why: string): void {
    if (this.#seenAt) setLine("preview", "lost", why);
    else one("[data-preview-text]").textContent = why;
  }

  /** The screen goes with its connection; a dimmed picture is better than none. */
  #keepPicture(): void {
    this.#seenAt &&= new Date();
    const canvas = this.#screen.querySelector("canvas");
    if (!canvas || !this.#seenAt) return;
    const still = canvas.cloneNode() as HTMLCanvasElement;
    still.getContext("2d")?.drawImage(canvas, 0, 0);
    still.className = "still";
    this.#screen.querySelector(":scope > canvas")?.remove();
    this.#screen.append(still);
  }

  #drop(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.close();
    setLine("preview", "off");
  }

  #watchSeen(seen: boolean): void {
    clearTimeout(this.#unseen);
    if (!this.#wanted) return;
    if (!seen) this.#unseen = setTimeout(() => this.#drop(), UNSEEN_MS);
    else if (!this.#link && !document.hidden) void this.#connect();
  }

  #lostText(): string {
    return this.#seenAt ? `Reconnecting. The picture is from ${this.#seenAt.toTimeString().slice(0, 8)}.` : "Reconnecting.";
  }

  #showEmpty(): void {
    const feature = this.#feature;
    const fix = one("[data-preview-fix]");
    const button = one('[data-act="preview-open"]');
    one("[data-preview-empty]").hidden = false;
    fix.hidden = feature.available;
    one("span", button).textContent = feature.available ? "Open the browser" : "Look again";
    one("use", button).setAttribute("href", feature.available ? "#globe" : "#reload");
    if (feature.available) return;
    one("[data-preview-text]").replaceChildren(
      sentence(
        "No browser on this machine.",
        `${feature.reason} Terminal and editor work without it. Your instructor can add it with`,
      ),
    );
    fix.textContent = feature.fix;
  }

  #showStarting(): void {
    one("[data-preview-empty]").hidden = false;
    one("[data-preview-fix]").hidden = true;
    one('[data-act="preview-open"]').hidden = true;
    one("[data-preview-text]").replaceChildren(sentence("Your browser is starting.", "This takes a few seconds the first time."));
  }

  #showTools(shown: boolean): void {
    for (const name of ["preview-fit", "preview-clipboard"]) one(`[data-act="${name}"]`).hidden = !shown;
    one("[data-preview-word]").hidden = !shown;
  }

  #takeSize(): void {
    if (this.#rfb) this.#rfb.resizeSession = true;
  }

  #toggleFit(): void {
    this.#fit = !this.#fit;
    this.#applyFit();
  }

  /** Fitted into the pane, or pixel by pixel and dragged. */
  #applyFit(): void {
    const button = one('[data-act="preview-fit"]');
    const label = this.#fit ? "Show pixel by pixel" : "Fit to the pane";
    button.title = label;
    button.setAttribute("aria-label", label);
    if (!this.#rfb) return;
    this.#rfb.scaleViewport = this.#fit;
    this.#rfb.clipViewport = !this.#fit;
  }

  #openClipboard(button: HTMLElement): void {
    const panel = one("[data-clipboard]");
    const { right, bottom } = button.getBoundingClientRect();
    panel.style.top = `${bottom + 6}px`;
    panel.style.right = `${Math.max(8, innerWidth - right)}px`;
    panel.togglePopover();
    one("textarea", panel).focus();
  }
}
