import { all, one } from "../shared/dom.ts";

/** Below this width one pane is shown at a time, chosen in the dock (workspace.css says the same). */
const narrow = matchMedia("(max-width: 860px)");

const ORDER = ["terminal", "files", "editor", "preview"] as const;
export type Place = (typeof ORDER)[number];

const takers = new Map<Place, () => void>();
const watchers = new Set<(place: Place) => void>();

/** F6 walks through the panes, out of the terminal too; the dock chooses one on a narrow page. */
export function startWalk(): void {
  // Capturing: terminal, editor and the seat's browser would take the key for themselves.
  addEventListener("keydown", walkByKey, { capture: true });
  for (const tab of all("[data-goes]")) tab.addEventListener("click", () => show(tab.dataset.goes as Place));
  one(".dock").addEventListener("keydown", walkInDock);
  one("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault();
    goTo("terminal");
  });
}

/** How a place takes the keyboard. */
export function onFocus(place: Place, take: () => void): void {
  takers.set(place, take);
}

/** Told whenever a narrow page shows another pane. */
export function onShow(watcher: (place: Place) => void): void {
  watchers.add(watcher);
}

/** Brings a pane to the front on a narrow page; on a wide one it's there already. */
export function show(place: Place): void {
  document.body.dataset.pane = place;
  for (const tab of all("[data-goes]")) {
    const on = tab.dataset.goes === place;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  for (const watcher of watchers) watcher(place);
}

export function goTo(place: Place): void {
  show(place);
  takers.get(place)?.();
}

export const isNarrow = (): boolean => narrow.matches;

function walkByKey(event: KeyboardEvent): void {
  if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
  if (document.querySelector("dialog[open], [data-over]:not([hidden])")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const places = ORDER.filter((place) => isNarrow() || seen(place));
  const at = places.indexOf(here());
  const next = places[(at + (event.shiftKey ? -1 : 1) + places.length) % places.length];
  if (next) goTo(next);
}

/** The place that has the keyboard; on a narrow page the one that is shown. */
function here(): Place {
  if (isNarrow()) return (document.body.dataset.pane as Place | undefined) ?? "terminal";
  const active = document.activeElement;
  return ORDER.find((place) => active && placeElement(place).contains(active)) ?? "preview";
}

function seen(place: Place): boolean {
  return placeElement(place).getClientRects().length > 0;
}

function placeElement(place: Place): HTMLElement {
  if (place === "files") return one("[data-files]");
  return place === "editor" ? one("[data-edit]") : one(`[data-panel="${place}"]`);
}

function walkInDock(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tabs = all("[data-goes]");
  const next = tabs[(tabs.findIndex((tab) => tab.tabIndex === 0) + step + tabs.length) % tabs.length];
  next?.click();
  next?.focus();
}
