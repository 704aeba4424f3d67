/**
 * Whoever clicks twice means once. When a part is swapped in between, something else stands where the first click went: "Stop workshop…" in
 * the place of "Start workshop". The second click of two does nothing to buttons and links.
 */
export function onceOnly(): void {
  const stop = (event: MouseEvent) => {
    if (event.detail < 2 || !(event.target as Element).closest("a, button")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", stop, { capture: true });
}
