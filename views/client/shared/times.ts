import { isShow, partOf, shown, ticks } from "./when.ts";

/** Seconds count only for tasks that are going on; everything else is in minutes. */
const TICK_MS = 1000;

/** Every `<time data-show>` in the reader's own time zone, and those that count, counting. */
export function liveTimes(): void {
  show(document, () => true);
  document.addEventListener("htmx:after:swap", () => show(document, () => true));
  setInterval(() => {
    show(document, ticks);
    for (const bar of document.querySelectorAll<HTMLProgressElement>("progress[data-since]")) advance(bar);
  }, TICK_MS);
}

/** A wait that nothing is known of but how long it took before. */
function advance(bar: HTMLProgressElement): void {
  bar.value = partOf(Number(bar.dataset.usual), Date.now() - Date.parse(bar.dataset.since ?? ""));
}

function show(root: ParentNode, which: (show: string | undefined) => boolean): void {
  const now = new Date().toISOString();
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-show]")) {
    const form = time.dataset.show;
    if (!isShow(form) || !which(form)) continue;
    const text = shown(form, time.dateTime, now);
    if (time.textContent !== text) time.textContent = text;
  }
}
