import { button, icon, make, one, sentence } from "../shared/dom.ts";
import { unlessUsed } from "../shared/toast.ts";

/** A notice covers what is under it: time to read two sentences, twice. */
const NOTICE_MS = 12_000;

export interface Notice {
  /** One of a kind at a time. */
  id: string;
  icon: string;
  strong: string;
  rest?: string;
  warn?: boolean;
}

/** Floats above the panes until it was read, its cause is gone or it is closed; nothing under it moves. */
export function notice({ id, icon: symbol, strong, rest, warn }: Notice): void {
  withdraw(id);
  const text = make("p", {}, sentence(strong), make("span", { class: "long" }, rest ? ` ${rest}` : ""));
  const close = button("", () => withdraw(id), "button quiet square");
  close.setAttribute("aria-label", "Close this notice");
  close.append(icon("close"));
  const looks = warn ? "banner warn" : "banner";
  const said = make("div", { class: looks, role: "status", "data-notice": id }, icon(symbol, true), text, close);
  one("[data-notices]").append(said);
  unlessUsed(said, NOTICE_MS, () => said.remove());
}

export function withdraw(id: string): void {
  document.querySelector(`[data-notice="${id}"]`)?.remove();
}
