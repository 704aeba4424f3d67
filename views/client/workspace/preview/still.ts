/** The screen goes with its connection; a dimmed picture is better than none. Keeps what `screen` shows now, in place of an earlier one. */
export function keepStill(screen: HTMLElement): void {
  const canvas = screen.querySelector("canvas");
  if (!canvas) return;
  const still = canvas.cloneNode() as HTMLCanvasElement;
  still.getContext("2d")?.drawImage(canvas, 0, 0);
  still.className = "still";
  dropStill(screen);
  screen.append(still);
}

/** There is a picture again. */
export function dropStill(screen: HTMLElement): void {
  screen.querySelector(":scope > canvas")?.remove();
}
