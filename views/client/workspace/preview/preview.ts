import type { PreviewFeature } from "../../../../agent/contract/session.ts";
import { act, one } from "../../shared/dom.ts";
import { notice } from "../notices.ts";
import { isNarrow, onShow } from "../panes.ts";
import { recall, remember } from "../remember.ts";
import { lookUp } from "../session.ts";
import { sayEmpty, showEmpty } from "./empty.ts";
import type { Offer } from "./ladder/state.ts";
import { offerRestart } from "./restart.ts";
import { watchSeen } from "./seen.ts";
import { ShownBrowser, type ShownBrowserOptions } from "./shown-browser.ts";

/** A picture nobody looks at costs a browser on the machine: after this the line is dropped, and picked up when one looks again. */
const UNSEEN_MS = 60_000;

/** By its `key` itself it is remembered whether the pane was open. */
export interface PreviewOptions extends ShownBrowserOptions {
  feature: PreviewFeature;
}

const OPENED = "Claude, or another program in the terminal, opened it.";

/** The pane of the seat's own browser. It starts when it's first opened, and is shown while somebody wants it and can see it. */
export class Preview {
  readonly #browser: ShownBrowser;
  #feature: PreviewFeature;
  #wanted = false;
  #unseen: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: PreviewOptions) {
    this.#feature = options.feature;
    this.#browser = new ShownBrowser(options);
    offerRestart();
    act("preview-open", (button) => void this.#press(button));
    // Choosing the pane on a narrow page is opening it.
    onShow((place) => place === "preview" && isNarrow() && this.open());
    watchSeen(one('[data-panel="preview"]'), (seen) => this.#watchSeen(seen));
    showEmpty(this.#feature);
    if (recall(options.key, false)) this.open();
  }

  open(): void {
    if (this.#wanted || !this.#feature.available) return;
    this.#wanted = true;
    remember(this.options.key, true);
    this.#begin();
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

  /** What the machine offers now. */
  offer(feature: PreviewFeature): void {
    const changed = feature.available !== this.#feature.available;
    this.#feature = feature;
    if (changed && !this.#wanted) showEmpty(feature);
    this.#browser.happen({ is: "offer", ...offerOf(feature) });
  }

  retry = (): void => this.#browser.retry();

  stop(): void {
    this.#wanted = false;
    this.#browser.stop();
  }

  focus(): void {
    this.#browser.focus();
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

  #begin(): void {
    this.#browser.begin(offerOf(this.#feature));
  }

  #watchSeen(seen: boolean): void {
    clearTimeout(this.#unseen);
    if (!this.#wanted) return;
    this.#browser.happen({ is: "hidden", hidden: !seen });
    if (!seen) this.#unseen = setTimeout(() => this.#browser.drop(), UNSEEN_MS);
    else if (!this.#browser.runs) this.#begin();
  }
}

const offerOf = (feature: PreviewFeature): Offer => ({
  offered: feature.available && feature.viewers?.includes("neko") === true,
  words: feature.available ? feature.neko : undefined,
});
