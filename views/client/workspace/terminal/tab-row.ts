import type { SeatTerminal } from "../../../../agent/contract/terminal.ts";
import { icon, make, one } from "../../shared/dom.ts";

export interface TabRowOptions {
  choose(name: string): void;
  close(name: string): void;
  rename(name: string): void;
}

/** The tabs of the seat's terminals; where there is only one, the row isn't shown (workspace.css). */
export class TabRow {
  readonly #row = one("[data-terminals]");
  readonly #made = new Map<string, HTMLElement>();
  readonly #options: TabRowOptions;

  constructor(options: TabRowOptions) {
    this.#options = options;
    this.#row.addEventListener("click", (event) => this.#click(event));
    this.#row.addEventListener("dblclick", (event) => this.#act(event, options.rename));
    // A middle click closes, as in browsers.
    this.#row.addEventListener("auxclick", (event) => event.button === 1 && this.#act(event, options.close));
    this.#row.addEventListener("keydown", (event) => this.#key(event));
  }

  draw(terminals: readonly SeatTerminal[], chosen: string): void {
    for (const [name, tab] of this.#made) if (!terminals.some((one) => one.name === name)) this.#drop(name, tab);
    for (const { name, title } of terminals) {
      const tab = this.#made.get(name) ?? this.#make(name);
      const on = name === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      one("[data-title]", tab).textContent = title;
      if (tab.parentElement !== this.#row) this.#row.append(tab);
      if (on) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  focus(name: string): void {
    this.#made.get(name)?.focus();
  }

  #make(name: string): HTMLElement {
    const title = make("span", { "data-title": true });
    const tab = make(
      "div",
      { class: "tab", role: "tab", id: tabId(name), "aria-controls": panelId(name), "data-name": name },
      title,
    );
    if (name !== "main") {
      const close = make("span", { class: "x", "data-close": true, title: "Close", "aria-hidden": "true" });
      close.append(icon("close"));
      tab.append(close);
    }
    this.#made.set(name, tab);
    return tab;
  }

  #drop(name: string, tab: HTMLElement): void {
    tab.remove();
    this.#made.delete(name);
  }

  #click(event: Event): void {
    const closes = (event.target as Element).closest("[data-close]");
    this.#act(event, closes ? this.#options.close : this.#options.choose);
  }

  #act(event: Event, act: (name: string) => void): void {
    const name = (event.target as Element).closest<HTMLElement>("[role=tab]")?.dataset.name;
    if (name) act(name);
  }

  #key(event: KeyboardEvent): void {
    const tabs = [...this.#row.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = tabs.indexOf(document.activeElement as HTMLElement);
    const name = tabs[at]?.dataset.name;
    if (!name || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const act = { Delete: this.#options.close, F2: this.#options.rename, Enter: this.#options.choose, " ": this.#options.choose }[
      event.key
    ];
    if (to !== undefined) tabs[(to + tabs.length) % tabs.length]?.focus();
    else if (act) act(name);
    else return;
    event.preventDefault();
  }
}

export const tabId = (name: string): string => `terminal-tab-${name}`;
export const panelId = (name: string): string => `terminal-panel-${name}`;
