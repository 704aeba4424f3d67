import { make, one, sentence } from "./dom.ts";

/** Long enough to read a sentence. */
const TOAST_MS = 5_000;

/** Says at the foot of the page what the person just did; `strong` is enough by itself. */
export function toast(strong: string, more = ""): void {
  const said = make("div", { class: "toast" }, make("p", {}, sentence(strong, more)));
  one("#toasts").append(said);
  unlessUsed(said, TOAST_MS, () => said.remove());
}

/** Later, and never while the pointer or the keyboard is on it. */
export function unlessUsed(said: HTMLElement, after: number, leave: () => void): void {
  setTimeout(() => (said.matches(":hover, :focus-within") ? unlessUsed(said, after, leave) : leave()), after);
}
