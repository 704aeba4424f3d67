/** Calls with whether anybody can see an element, and when that changes: its page is in front, and it is on it. */
export function watchSeen(element: Element, changed: (seen: boolean) => void): void {
  let inView = false;
  let seen: boolean | undefined;
  const tell = () => {
    const now = inView && !document.hidden;
    if (now === seen) return;
    seen = now;
    changed(seen);
  };
  new IntersectionObserver((entries) => {
    inView = entries.at(-1)?.isIntersecting === true;
    tell();
  }).observe(element);
  document.addEventListener("visibilitychange", tell);
}
