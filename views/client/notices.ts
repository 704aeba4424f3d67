import { button, icon, make, one, sentence } from "./dom.ts";

const TOAST_MS = 5_000;

/** For what one just did: at the foot of the page, gone after 5 s, never under the pointer. */
export function toast(strong: string, rest = ""): void {
  const said = make("div", { class: "toast" }, make("p", {}, sentence(strong, rest)));
  one("[data-toasts]").append(said);
  const leave = () => setTimeout(() => (said.matches(":hover") ? leave() : said.remove()), TOAST_MS);
  leave();
}

export interface Notice {
  /** One of a kind at a time. */
  id: string;
  icon: string;
  strong: string;
  rest?: string;
  warn?: boolean;
}

/** Floats above the panes until its cause is gone or it is closed; nothing under it moves. */
export function notice({ id, icon: symbol, strong, rest, warn }: Notice): void {
  withdraw(id);
  const text = make("p", {}, sentence(strong), make("span", { class: "long" }, rest ? ` ${rest}` : ""));
  const close = button("", () => withdraw(id), "button quiet square");
  close.setAttribute("aria-label", "Close this notice");
  close.append(icon("close"));
  one("[data-notices]").append(
    make("div", { class: warn ? "banner warn" : "banner", role: "status", "data-notice": id }, icon(symbol, true), text, close),
  );
}

export function withdraw(id: string): void {
  document.querySelector(`[data-notice="${id}"]`)?.remove();
}
