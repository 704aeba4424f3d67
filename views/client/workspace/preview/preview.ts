import type { PreviewFeature } from "../../../../agent/contract/session.ts";
import { act, one } from "../../shared/dom.ts";
import { setLine } from "../lines.ts";
import { notice } from "../notices.ts";
import { isNarrow, onShow } from "../panes.ts";
import type { LinkState } from "../reconnect.ts";
import { recall, remember } from "../remember.ts";
import { lookUp } from "../session.ts";
import { ClipboardPanel } from "./clipboard-panel.ts";
import { hideEmpty, sayEmpty, showEmpty, showStarting } from "./empty.ts";
import { FullScreen } from "./full-screen.ts";
import { howOf } from "./how.ts";
import type { Happening } from "./ladder/happenings.ts";
import { type Choice, isShown, type Kind, type Ladder, type Offer, plan } from "./ladder/state.ts";
import { begin, step } from "./ladder/step.ts";
import { onNetwork } from "./network.ts";
import { OwnClipboard } from "./own-clipboard.ts";
import { offerRestart } from "./restart.ts";
import { watchSeen } from "./seen.ts";
import { ShownLine } from "./shown-line.ts";
import { SoundSwitch } from "./sound-switch.ts";
import { dropStill } from "./still.ts";
import { Tools } from "./tools.ts";
import { Viewers } from "./viewers.ts";

/** A picture nobody looks at costs a browser on the machine: after this the line is dropped, and picked up when one looks again. */
const UNSEEN_MS = 60_000;

/** How often the ladder is told the time. */
const TICK_MS = 500;

export interface PreviewOptions {
  /** Where "was open" is remembered, and with `.viewer` which viewer was chosen, with `.sound` whether she hears it. */
  key: string;
  feature: PreviewFeature;
  onState(state: LinkState): void;
}

const OPENED = "Claude, or another program in the terminal, opened it.";

/** The seat's own browser, seen and driven. It starts when it's first opened. */
export class Preview {
  readonly #screen = one("[data-screen]");
  readonly #clipboard = new ClipboardPanel((text) => this.#viewers.shown?.paste(text));
  readonly #own = new OwnClipboard(
    this.#screen,
    (text) => this.#viewers.shown?.paste(text),
    (isIn) => this.#clipboard.sayFurther(isIn),
  );
  readonly #full = new FullScreen(() => this.focus());
  readonly #viewers: Viewers;
  readonly #tools: Tools;
  readonly #line = new ShownLine();
  #feature: PreviewFeature;
  #choice: Choice;
  #wanted = false;
  /** While it runs. */
  #ladder: Ladder | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  #unseen: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: PreviewOptions) {
    this.#feature = options.feature;
    this.#choice = recalledChoice(options.key);
    this.#viewers = new Viewers({
      screen: this.#screen,
      onHappening: (happening) => this.#happen(happening),
      onState: (kind, state) => this.#changed(kind, state),
      onHeldBack: (kind, why) => this.#shows(kind) && this.#line.heldBack(why),
      onCopied: (text) => this.#copied(text),
      onPasted: (text) => this.#own.pasted(text),
    });
    this.#tools = new Tools({
      choice: () => this.#choice,
      choose: (choice) => this.#choose(choice),
      fit: (fitted) => this.#viewers.fit(fitted),
      toggleKeyboard: () => this.#viewers.shown?.toggleKeyboard() ?? false,
    });
    offerRestart();
    act("preview-open", (button) => void this.#press(button));
    new SoundSwitch(`${options.key}.sound`, (on) => this.#viewers.sound(on));
    // Choosing the pane on a narrow page is opening it.
    onShow((place) => place === "preview" && isNarrow() && this.open());
    watchSeen(one('[data-panel="preview"]'), (seen) => this.#watchSeen(seen));
    onNetwork(() => this.#happen({ is: "hint" }));
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
    this.#happen({ is: "offer", ...offerOf(feature) });
  }

  retry = (): void => this.#viewers.retry();

  stop(): void {
    this.#wanted = false;
    this.#full.leave();
    this.#drop();
  }

  focus(): void {
    if (this.#viewers.shown && this.#line.wasThere) this.#viewers.shown.focus();
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

  #begin(): void {
    if (!this.#line.wasThere) showStarting();
    const webrtc = typeof RTCPeerConnection === "function";
    this.#ladder = begin(performance.now(), this.#choice, offerOf(this.#feature), webrtc);
    this.#tick = setInterval(() => this.#happen({ is: "tick" }), TICK_MS);
    this.#apply();
  }

  #choose(choice: Choice): void {
    this.#choice = choice;
    remember(`${this.options.key}.viewer`, choice);
    this.#happen({ is: "choose", choice });
  }

  #happen(happening: Happening): void {
    if (!this.#ladder) return;
    this.#ladder = step(this.#ladder, happening, performance.now());
    this.#apply();
  }

  #apply(): void {
    const ladder = this.#ladder;
    if (!ladder) return;
    const { run, show } = plan(ladder);
    this.#viewers.set(run, show);
    this.#tools.say(howOf(ladder));
    if (isShown(ladder)) this.#connected();
    else this.#line.say();
    const picture = this.#line.wasThere;
    this.#tools.show({ picture, live: show === "neko" && picture, several: hasVideo(this.#feature) });
    this.#full.show(picture);
  }

  #connected(): void {
    dropStill(this.#screen);
    this.#line.connected();
    this.#screen.hidden = false;
    hideEmpty();
  }

  #changed(kind: Kind, state: LinkState): void {
    if (state === "reconnecting" && this.#shows(kind)) this.#line.failed();
    this.options.onState(state);
  }

  #shows(kind: Kind): boolean {
    return this.#ladder !== undefined && plan(this.#ladder).show === kind;
  }

  #copied(text: string): void {
    this.#clipboard.show(text);
    this.#own.copied(text);
  }

  #drop(): void {
    clearInterval(this.#tick);
    this.#ladder = undefined;
    this.#viewers.set([], undefined);
    this.#tools.say(undefined);
    setLine("preview", "off");
  }

  #watchSeen(seen: boolean): void {
    clearTimeout(this.#unseen);
    if (!this.#wanted) return;
    this.#happen({ is: "hidden", hidden: !seen });
    if (!seen) this.#unseen = setTimeout(() => this.#drop(), UNSEEN_MS);
    else if (!this.#ladder) this.#begin();
  }
}

const hasVideo = (feature: PreviewFeature): boolean => feature.available && feature.viewers?.includes("neko") === true;

const offerOf = (feature: PreviewFeature): Offer => ({
  offered: hasVideo(feature),
  words: feature.available ? feature.neko : undefined,
});

function recalledChoice(key: string): Choice {
  const kept = recall<unknown>(`${key}.viewer`, "auto");
  return kept === "neko" || kept === "vnc" ? kept : "auto";
}
