import { one } from "../../shared/dom.ts";
import type { LinkState } from "../reconnect.ts";
import { FullScreen } from "./full-screen.ts";
import { howOf } from "./how.ts";
import type { Happening } from "./ladder/happenings.ts";
import { isShown, type Kind, type Ladder, type Offer, plan } from "./ladder/state.ts";
import { begin, step } from "./ladder/step.ts";
import { onNetwork } from "./network.ts";
import { OwnClipboard } from "./own-clipboard.ts";
import { ShownLine } from "./shown-line.ts";
import { SoundSwitch } from "./sound-switch.ts";
import { dropStill } from "./still.ts";
import { Tools } from "./tools.ts";
import { Viewers } from "./viewers.ts";

/** How often the ladder is told the time. */
const TICK_MS = 500;

export interface ShownBrowserOptions {
  /** With `.viewer` it is remembered which viewer was chosen, with `.sound` whether she hears it. */
  key: string;
  onState(state: LinkState): void;
}

/** The seat's browser while the pane shows it: the ladder says by which viewer, and what is around the picture follows. */
export class ShownBrowser {
  readonly #screen = one("[data-screen]");
  readonly #clipboard = new OwnClipboard(this.#screen, (text) => this.#viewers.shown?.paste(text));
  readonly #full = new FullScreen(() => this.focus());
  readonly #viewers: Viewers;
  readonly #tools: Tools;
  readonly #line = new ShownLine();
  /** While it runs. */
  #ladder: Ladder | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;

  constructor(readonly options: ShownBrowserOptions) {
    this.#viewers = new Viewers({
      screen: this.#screen,
      onHappening: (happening) => this.happen(happening),
      onState: (kind, state) => this.#changed(kind, state),
      onHeldBack: (kind, why) => this.#shows(kind) && this.#line.heldBack(why),
      onCopied: (text) => this.#clipboard.copied(text),
      onPasted: (text) => this.#clipboard.pasted(text),
    });
    this.#tools = new Tools({
      key: `${options.key}.viewer`,
      onChoice: (choice) => this.happen({ is: "choose", choice }),
      fit: (fitted) => this.#viewers.fit(fitted),
      toggleKeyboard: () => this.#viewers.shown?.toggleKeyboard() ?? false,
    });
    new SoundSwitch(`${options.key}.sound`, (on) => this.#viewers.sound(on));
    onNetwork(() => this.happen({ is: "hint" }));
  }

  get runs(): boolean {
    return this.#ladder !== undefined;
  }

  begin(offer: Offer): void {
    this.#line.begun();
    const webrtc = typeof RTCPeerConnection === "function";
    this.#ladder = begin(performance.now(), this.#tools.choice, offer, webrtc);
    this.#tick = setInterval(() => this.happen({ is: "tick" }), TICK_MS);
    this.#apply(this.#ladder);
  }

  /** Without effect while it doesn't run. */
  happen(happening: Happening): void {
    if (!this.#ladder) return;
    this.#ladder = step(this.#ladder, happening, performance.now());
    this.#apply(this.#ladder);
  }

  retry(): void {
    this.#viewers.retry();
  }

  focus(): void {
    if (this.#viewers.shown && this.#line.wasThere) this.#viewers.shown.focus();
    else one('[data-act="preview-open"]').focus();
  }

  stop(): void {
    this.#full.leave();
    this.drop();
  }

  /** Its last picture stays. */
  drop(): void {
    clearInterval(this.#tick);
    this.#ladder = undefined;
    this.#viewers.set([], undefined);
    this.#tools.say(undefined);
    this.#line.off();
  }

  #apply(ladder: Ladder): void {
    const { run, show } = plan(ladder);
    this.#viewers.set(run, show);
    this.#tools.say(howOf(ladder));
    if (isShown(ladder)) this.#connected();
    else this.#line.say();
    const picture = this.#line.wasThere;
    this.#tools.show({ picture, live: show === "neko" && picture, several: ladder.offered });
    this.#full.show(picture);
  }

  #connected(): void {
    dropStill(this.#screen);
    this.#line.connected();
    this.#screen.hidden = false;
  }

  #changed(kind: Kind, state: LinkState): void {
    if (state === "reconnecting" && this.#shows(kind)) this.#line.failed();
    this.options.onState(state);
  }

  #shows(kind: Kind): boolean {
    return this.#ladder !== undefined && plan(this.#ladder).show === kind;
  }
}
