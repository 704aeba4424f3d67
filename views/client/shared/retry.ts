/** `[data-retry]` seconds until the page is loaded again, counted down. */
export function retryingPages(): void {
  const place = document.querySelector<HTMLElement>("[data-retry]");
  if (!place) return;
  const end = Date.now() + Number(place.dataset.retry) * 1000;
  const count = place.querySelector("[data-count]");
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (count) count.textContent = String(Math.max(0, left));
    if (left > 0) return;
    clearInterval(timer);
    location.reload();
  }, 1000);
}
