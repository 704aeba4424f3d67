import { all, one } from "../shared/dom.ts";

/** Each pane's socket to the machine. */
const NAMES = ["terminal", "work", "preview"] as const;
export type LineName = (typeof NAMES)[number];
export type LineIs = "off" | "connecting" | "open" | "lost";

const lines = new Map<LineName, LineIs>();
/** The panes' own words, as they came with the page. */
const usual = new Map<LineName, string>();
/** What they say instead. */
const said = new Map<LineName, string | undefined>();
/** Nobody can work in the seat: what the strip says of it, and the panes that wait. */
export interface Away {
  is: string;
  word: string;
  /** A sentence, which each pane goes on from. */
  pane: string;
}
const MEANWHILE: Record<LineName, string> = {
  terminal: "",
  work: "You can go on typing; saving waits.",
  preview: "Your browser comes back with it.",
};
let away: Away | undefined;

/** Of what happens to files, something may not have been heard. */
let missed = false;
const backAgain = new Set<() => void>();
const retries = new Set<() => void>();

/**
 * What a pane's socket does now. A pane that lost its line says so itself; the strip says "Reconnecting" while any has, because the
 * learner looks there first. `text` replaces the pane's own words.
 */
export function setLine(name: LineName, is: LineIs, text?: string): void {
  lines.set(name, is);
  if (name === "work" && is === "lost") missed = true;
  said.set(name, text);
  showLost(name);
  showState();
  callBack();
}

/** The seat is away, or back: what a line does meanwhile is said by no pane. */
export function setAway(now: Away | undefined): void {
  away = now;
  if (now) missed = true;
  document.body.toggleAttribute("data-seat-away", now !== undefined);
  for (const name of NAMES) showLost(name);
  showState();
  callBack();
}

function callBack(): void {
  if (!missed || away || lines.get("work") !== "open") return;
  missed = false;
  for (const listener of backAgain) listener();
}

function showLost(name: LineName): void {
  const lost = one(`[data-lost="${name}"]`);
  const text = one("[data-lost-text]", lost);
  if (!usual.has(name)) usual.set(name, text.textContent);
  lost.hidden = away ? !waits(name) : lines.get(name) !== "lost";
  text.textContent = (away && `${away.pane} ${MEANWHILE[name]}`) ?? said.get(name) ?? usual.get(name) ?? "";
}

/** The terminal's pane has the seat's own panel; a browser that nobody has opened waits for nothing. */
function waits(name: LineName): boolean {
  return name === "work" || (name === "preview" && (lines.get(name) ?? "off") !== "off");
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
  if (away) say(away.is, away.word, "assigned");
  else if (all3.includes("lost")) say("reconnecting", "Reconnecting", "disconnected");
  else if (lines.get("terminal") === "open") say("connected", "Connected", "connected");
  else say("provisioning", "Connecting", "assigned");
}

function say(is: string, word: string, seat: string): void {
  document.body.dataset.line = is;
  for (const state of all("[data-link]")) {
    const text = one("span", state);
    if (state.dataset.is === is && text.textContent === word) continue;
    state.dataset.is = is;
    text.textContent = word;
  }
  one("[data-seat]").dataset.is = seat;
}
