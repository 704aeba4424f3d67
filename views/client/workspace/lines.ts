import { all, one } from "../shared/dom.ts";

/** Each pane's socket to the machine. */
export type LineName = "terminal" | "work" | "preview";
export type LineIs = "off" | "connecting" | "open" | "lost";

const lines = new Map<LineName, LineIs>();
/** The panes' own words, as they came with the page. */
const usual = new Map<LineName, string>();
const backAgain = new Set<() => void>();
const retries = new Set<() => void>();

/**
 * What a pane's socket does now. A pane that lost its line says so itself; the strip says "Reconnecting" while any has, because the
 * learner looks there first. `text` replaces the pane's own words.
 */
export function setLine(name: LineName, is: LineIs, text?: string): void {
  const before = lines.get(name);
  lines.set(name, is);
  const lost = one(`[data-lost="${name}"]`);
  lost.hidden = is !== "lost";
  const shown = one("[data-lost-text]", lost);
  if (!usual.has(name)) usual.set(name, shown.textContent);
  shown.textContent = text ?? usual.get(name) ?? "";
  showState();
  if (name === "work" && is === "open" && before === "lost") for (const listener of backAgain) listener();
}

/** Calls when files can be reached again. */
export function onBack(listener: () => void): void {
  backAgain.add(listener);
}

/** "Try now", and the browser's own word that the network is back. */
export function onRetry(listener: () => void): void {
  retries.add(listener);
}

export function startLines(): void {
  const retry = () => {
    for (const listener of retries) listener();
  };
  for (const button of all("[data-retry]")) button.addEventListener("click", retry);
  addEventListener("online", retry);
}

function showState(): void {
  const all3 = [...lines.values()];
  if (all3.includes("lost")) say("reconnecting", "Reconnecting", "disconnected");
  else if (lines.get("terminal") === "open") say("connected", "Connected", "connected");
  else say("provisioning", "Connecting", "assigned");
}

function say(is: string, word: string, seat: string): void {
  document.body.dataset.line = is;
  for (const state of all("[data-link]")) {
    if (state.dataset.is === is) continue;
    state.dataset.is = is;
    one("span", state).textContent = word;
  }
  one("[data-seat]").dataset.is = seat;
}
