import { act, all, one } from "../../shared/dom.ts";
import { openMenu } from "../menu.ts";
import { recall, remember } from "../remember.ts";
import type { Choice } from "./ladder/state.ts";
import { nameTool } from "./tool-name.ts";

const CHOICES: readonly { choice: Choice; label: string }[] = [
  { choice: "auto", label: "Automatic" },
  { choice: "neko", label: "Live video" },
  { choice: "vnc", label: "Pictures" },
];

/** Characters that have room in the bar; longer ones have a row of their own. */
const SHORT = 24;

export interface ToolsOptions {
  /** Where it is remembered which viewer was chosen. */
  key: string;
  onChoice(choice: Choice): void;
  fit(fitted: boolean): void;
  /** A phone's: whether it is there now. */
  toggleKeyboard(): boolean;
}

/** What the pane's bar offers about the picture, and the line that says where it comes from. */
export class Tools {
  #fitted = true;
  #choice: Choice;

  constructor(readonly options: ToolsOptions) {
    this.#choice = recalled(options.key);
    act("preview-fit", (button) => this.#toggleFit(button));
    act("preview-keyboard", (button) => button.setAttribute("aria-pressed", String(options.toggleKeyboard())));
    act("preview-viewer", (button) => this.#offerViewers(button));
  }

  /** Of a viewer. */
  get choice(): Choice {
    return this.#choice;
  }

  /** @param picture there is one  @param live it is video, which may have sound  @param several the seat has both viewers */
  show({ picture, live, several }: { picture: boolean; live: boolean; several: boolean }): void {
    for (const tool of all("[data-of-picture]")) tool.hidden = !picture;
    one('[data-act="preview-sound"]').hidden = !live;
    one('[data-act="preview-viewer"]').hidden = !several;
  }

  /** Which viewer it is, and why. */
  say(how: string | undefined): void {
    const line = one("[data-preview-how]");
    line.hidden = how === undefined;
    // Said again only when it is something else: it is read aloud.
    if (line.textContent === (how ?? "")) return;
    line.textContent = how ?? "";
    line.toggleAttribute("data-long", (how?.length ?? 0) > SHORT);
  }

  #toggleFit(button: HTMLElement): void {
    this.#fitted = !this.#fitted;
    nameTool(button, this.#fitted ? "Show pixel by pixel" : "Fit to the pane");
    this.options.fit(this.#fitted);
  }

  #offerViewers(button: HTMLElement): void {
    const { right, bottom } = button.getBoundingClientRect();
    const entries = CHOICES.map(({ choice, label }) => ({
      ...{ label, chosen: choice === this.#choice, choose: () => this.#choose(choice) },
    }));
    openMenu({ x: right - 176, y: bottom }, entries);
  }

  #choose(choice: Choice): void {
    this.#choice = choice;
    remember(this.options.key, choice);
    this.options.onChoice(choice);
  }
}

function recalled(key: string): Choice {
  const kept = recall<unknown>(key, "auto");
  return kept === "neko" || kept === "vnc" ? kept : "auto";
}
