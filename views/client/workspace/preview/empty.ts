import type { PreviewFeature } from "../../../../agent/contract/session.ts";
import { one, sentence } from "../../shared/dom.ts";

/** What the pane says while there is no picture. */
export function sayEmpty(...words: Parameters<typeof sentence>): void {
  one("[data-preview-text]").replaceChildren(sentence(...words));
}

/** Before the browser was ever opened: how to, or what is missing. */
export function showEmpty(feature: PreviewFeature): void {
  const fix = one("[data-preview-fix]");
  const button = one('[data-act="preview-open"]');
  one("[data-preview-empty]").hidden = false;
  fix.hidden = feature.available;
  one("span", button).textContent = feature.available ? "Open the browser" : "Look again";
  one("use", button).setAttribute("href", feature.available ? "#globe" : "#reload");
  if (feature.available) return;
  const rest = `${feature.reason} Terminal and editor work without it. Your instructor can add it with`;
  sayEmpty("No browser on this machine.", rest);
  fix.textContent = feature.fix;
}

/** There is a picture. */
export function hideEmpty(): void {
  one("[data-preview-empty]").hidden = true;
}

export function showStarting(): void {
  one("[data-preview-empty]").hidden = false;
  one("[data-preview-fix]").hidden = true;
  one('[data-act="preview-open"]').hidden = true;
  sayEmpty("Your browser is starting.", "This takes a few seconds the first time.");
}
