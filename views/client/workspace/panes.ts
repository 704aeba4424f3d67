import { all, one } from "../shared/dom.ts";

/** Below this width one pane is shown at a time, chosen in the dock (workspace.css says the same). */
const narrow = matchMedia("(max-width: 860px)");

const ORDER = ["terminal", "files", "editor", "preview"] as const;
export type PaneName = (typeof ORDER)[number];

/** Where F6 stops: a pane, or the terminals' tabs where there are some, which no other key reaches from inside a terminal. */
const STOPS = ["terminal", "terminals", "files", "editor", "preview"] as const;
type Stop = (typeof STOPS)[number];

const takers = new Map<Stop, () => void>();
const watchers = new Set<(pane: PaneName) => void>();

/** F6 goes from pane to pane, out of the terminal too; the dock chooses one on a narrow page. */
export function startPanes(): void {
  // Capturing: terminal, editor and the seat's browser would take the key for themselves.
  addEventListener("keydown", nextPaneByKey, { capture: true });
  for (const tab of all("[data-goes]")) tab.addEventListener("click", () => show(tab.dataset.goes as PaneName));
  one(".dock").addEventListener("keydown", nextInDock);
  one("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault();
    goTo("terminal");
  });
}

/** How a pane, or what else F6 stops at, takes the keyboard. */
export function onFocus(pane: Stop, take: () => void): void {
  takers.set(pane, take);
}

/** Called whenever a narrow page shows another pane. */
export function onShow(watcher: (pane: PaneName) => void): void {
  watchers.add(watcher);
}

/** Brings a pane to the front on a narrow page; on a wide one it's there already. */
export function show(pane: PaneName): void {
  document.body.dataset.pane = pane;
  for (const tab of all("[data-goes]")) {
    const on = tab.dataset.goes === pane;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  for (const watcher of watchers) watcher(pane);
}

export function goTo(stop: Stop): void {
  show(stop === "terminals" ? "terminal" : stop);
  takers.get(stop)?.();
}

export const isNarrow = (): boolean => narrow.matches;

function nextPaneByKey(event: KeyboardEvent): void {
  if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
  if (document.querySelector("dialog[open], [data-over]:not([hidden])")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const stops = STOPS.filter((stop) => (isNarrow() && stop !== "terminals") || seen(stop));
  const at = stops.indexOf(here());
  const next = stops[(at + (event.shiftKey ? -1 : 1) + stops.length) % stops.length];
  if (next) goTo(next);
}

/** The stop that has the keyboard; on a narrow page the pane that is shown. */
function here(): Stop {
  if (elementOf("terminals").contains(document.activeElement)) return "terminals";
  if (isNarrow()) return (document.body.dataset.pane as PaneName | undefined) ?? "terminal";
  const active = document.activeElement;
  return ORDER.find((pane) => active && elementOf(pane).contains(active)) ?? "preview";
}

function seen(pane: Stop): boolean {
  return elementOf(pane).getClientRects().length > 0;
}

function elementOf(pane: Stop): HTMLElement {
  if (pane === "terminals") return one("[data-terminals]");
  if (pane === "files") return one("[data-files]");
  return pane === "editor" ? one("[data-edit]") : one(`[data-panel="${pane}"]`);
}

function nextInDock(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tabs = all("[data-goes]");
  const next = tabs[(tabs.findIndex((tab) => tab.tabIndex === 0) + step + tabs.length) % tabs.length];
  next?.click();
  next?.focus();
}
