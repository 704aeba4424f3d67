import { FitAddon } from "@xterm/addon-fit";
import { type ISearchOptions, SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { type ITerminalOptions, Terminal } from "@xterm/xterm";
import { copyText } from "../../shared/copy.ts";
import { button, make } from "../../shared/dom.ts";
import { valuesOf } from "./look.ts";

/** As many lines as the session keeps. */
const HISTORY_LINES = 10_000;

/** Beyond these, matches are found but not counted or coloured. */
const COUNTED = 1000;

export interface SearchOptions {
  host: HTMLElement;
  historyUrl: string;
  /** The terminal's own looks. */
  look: ITerminalOptions;
  closed(): void;
}

/** All of the session's history in a terminal that only shows, over the live one: searched, selected, copied. */
export class HistorySearch {
  readonly #options: SearchOptions;
  readonly #box: HTMLElement;
  readonly #field = make("input", {
    type: "search",
    "aria-label": "Search in the terminal’s history",
    placeholder: "Search",
    spellcheck: "false",
  });
  readonly #count = make("output", { "aria-live": "polite" });
  readonly #page = make("div", { class: "term-search-page" });
  readonly #terminal: Terminal;
  readonly #search = new SearchAddon({ highlightLimit: COUNTED });
  #open = true;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#box = make("div", { class: "term-search", role: "search" }, this.#bar(), this.#page);
    this.#terminal = new Terminal({
      ...options.look,
      disableStdin: true,
      convertEol: true,
      cursorInactiveStyle: "none",
      scrollback: HISTORY_LINES,
    });
    options.host.append(this.#box);
    this.#show();
    this.#listen();
    this.#field.focus();
    void this.#load();
  }

  focus(): void {
    this.#field.select();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#terminal.dispose();
    this.#box.remove();
    this.#options.closed();
  }

  #bar(): HTMLElement {
    const tool = (sign: string, label: string, act: () => void) => {
      const made = button(sign, act, "button quiet square");
      made.setAttribute("aria-label", label);
      made.title = label;
      return made;
    };
    return make(
      "div",
      { class: "term-search-bar" },
      this.#field,
      this.#count,
      tool("↑", "Earlier match (Enter)", () => this.#earlier()),
      tool("↓", "Later match (Shift Enter)", () => this.#later()),
      tool("×", "Close the search (Esc)", () => this.close()),
    );
  }

  #show(): void {
    const fit = new FitAddon();
    for (const addon of [fit, this.#search, new Unicode11Addon()]) this.#terminal.loadAddon(addon);
    this.#terminal.unicode.activeVersion = "11";
    this.#terminal.open(this.#page);
    fit.fit();
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => this.#counted(resultIndex, resultCount));
  }

  #listen(): void {
    this.#box.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    this.#field.addEventListener("input", () => this.#begin());
    this.#terminal.attachCustomKeyEventHandler(() => false);
  }

  async #load(): Promise<void> {
    this.#count.textContent = "Reading…";
    try {
      const answer = await fetch(this.#options.historyUrl, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (this.#open) this.#terminal.write(trimmed(bytes), () => this.#begin());
    } catch {
      this.#count.textContent = "The history can’t be read now.";
    }
  }

  #key(event: KeyboardEvent): void {
    const copies = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c" && this.#terminal.hasSelection();
    const act = copies ? () => this.#copy() : this.#acts[event.key];
    if (!act || (event.key === "Enter" && event.target !== this.#field)) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  }

  readonly #acts: Record<string, (event: KeyboardEvent) => void> = {
    Escape: () => this.close(),
    Enter: (event) => (event.shiftKey ? this.#later() : this.#earlier()),
    ArrowUp: () => this.#earlier(),
    ArrowDown: () => this.#later(),
    PageUp: () => this.#terminal.scrollPages(-1),
    PageDown: () => this.#terminal.scrollPages(1),
  };

  #copy(): void {
    const back = document.activeElement;
    void copyText(this.#terminal.getSelection()).then(() => back instanceof HTMLElement && back.focus());
  }

  /** From the end: what one looks for was seen lately. */
  #begin(): void {
    this.#search.clearDecorations();
    this.#count.textContent = "";
    this.#terminal.scrollToBottom();
    this.#earlier();
  }

  #earlier(): void {
    if (this.#field.value) this.#search.findPrevious(this.#field.value, this.#how());
  }

  #later(): void {
    if (this.#field.value) this.#search.findNext(this.#field.value, this.#how());
  }

  #how(): ISearchOptions {
    const value = valuesOf(this.#box);
    return {
      decorations: {
        matchBackground: value("--term-selection"),
        matchOverviewRuler: value("--term-selection"),
        activeMatchBackground: value("--term-added"),
        activeMatchBorder: value("--ansi-yellow"),
        activeMatchColorOverviewRuler: value("--ansi-yellow"),
      },
    };
  }

  #counted(index: number, count: number): void {
    if (!this.#field.value) this.#count.textContent = "";
    else if (count === 0) this.#count.textContent = "Not found";
    else if (index < 0) this.#count.textContent = `More than ${COUNTED}`;
    else this.#count.textContent = `${index + 1} of ${count}`;
  }
}

/** Without the empty rest of the screen below the last line. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 10 || bytes[end - 1] === 32)) end--;
  return bytes.subarray(0, end);
}
