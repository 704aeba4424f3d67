import { icon, make, one } from "../../shared/dom.ts";
import { nameOf, shown } from "../files/paths.ts";

export interface Tab {
  path: string;
  dirty: boolean;
}

export interface TabsOptions {
  choose(path: string): void;
  close(path: string): void;
}

/** The open files. Arrows choose, Delete closes, the middle button closes. */
export class Tabs {
  readonly #list = one("[data-tabs]");
  readonly #made = new Map<string, HTMLElement>();

  constructor(readonly options: TabsOptions) {
    this.#list.addEventListener("click", (event) => this.#click(event));
    this.#list.addEventListener("auxclick", (event) => event.button === 1 && this.#close(event));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
  }

  draw(tabs: readonly Tab[], chosen: string | undefined): void {
    const wanted = new Set(tabs.map(({ path }) => path));
    for (const [path, tab] of this.#made) if (!wanted.has(path)) this.#drop(path, tab);
    for (const tab of tabs) {
      const made = this.#made.get(tab.path) ?? this.#make(tab.path);
      const on = tab.path === chosen;
      made.setAttribute("aria-selected", String(on));
      made.tabIndex = on ? 0 : -1;
      one(".unsaved", made).hidden = !tab.dirty;
      one("[data-name]", made).textContent = label(tab.path, tabs);
      if (made.parentElement !== this.#list) this.#list.append(made);
    }
    this.#made.get(chosen ?? "")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  focus(path: string): void {
    this.#made.get(path)?.focus();
  }

  #make(path: string): HTMLElement {
    const unsaved = make("i", { class: "unsaved", title: "Unsaved", hidden: true });
    const close = make("span", { class: "x", "data-close": true, title: "Close", "aria-hidden": "true" });
    close.append(icon("close"));
    const name = make("span", { "data-name": true });
    const tab = make("div", { class: "tab", role: "tab", "data-path": path, title: shown(path) }, name, unsaved, close);
    this.#made.set(path, tab);
    return tab;
  }

  #drop(path: string, tab: HTMLElement): void {
    const hadFocus = tab === document.activeElement;
    tab.remove();
    this.#made.delete(path);
    if (hadFocus) this.#list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  }

  #click(event: Event): void {
    const path = pathOf(event);
    if (!path) return;
    if ((event.target as Element).closest("[data-close]")) this.options.close(path);
    else this.options.choose(path);
  }

  #close(event: Event): void {
    const path = pathOf(event);
    if (path) this.options.close(path);
  }

  #key(event: KeyboardEvent): void {
    const tabs = [...this.#list.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = tabs.indexOf(document.activeElement as HTMLElement);
    const path = tabs[at]?.dataset.path;
    if (!path) return;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to !== undefined) {
      const next = tabs[(to + tabs.length) % tabs.length];
      this.options.choose(next?.dataset.path ?? path);
      next?.focus();
    } else if (event.key === "Delete") this.options.close(path);
    else if (event.key === "Enter" || event.key === " ") this.options.choose(path);
    else return;
    event.preventDefault();
  }
}

const pathOf = (event: Event): string | undefined => (event.target as Element).closest<HTMLElement>("[role=tab]")?.dataset.path;

/** The name, with its folder where two open files have the same. */
function label(path: string, tabs: readonly Tab[]): string {
  const name = nameOf(path);
  const twin = tabs.some((tab) => tab.path !== path && nameOf(tab.path) === name);
  return twin ? shown(path).split("/").slice(-2).join("/") : name;
}
