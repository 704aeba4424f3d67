import { isShow, shown, ticks } from "./when.ts";

/** Seconds count only for tasks that are going on; everything else is in minutes. */
const TICK_MS = 1000;

/** Every `<time data-show>` in the reader's own time zone, and those that count, counting. */
export function liveTimes(): void {
  show(document, () => true);
  document.addEventListener("htmx:after:swap", () => show(document, () => true));
  setInterval(() => show(document, ticks), TICK_MS);
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
