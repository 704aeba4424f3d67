/** A screen goes with its connection; a dimmed picture is better than none. Keeps what `place` shows, in place of an earlier one. */
export function keepStill(screen: HTMLElement, place: HTMLElement): void {
  const shown = place.querySelector<HTMLCanvasElement | HTMLVideoElement>("canvas, video");
  if (!shown) return;
  const still = document.createElement("canvas");
  still.width = shown instanceof HTMLVideoElement ? shown.videoWidth : shown.width;
  still.height = shown instanceof HTMLVideoElement ? shown.videoHeight : shown.height;
  // There was none yet.
  if (still.width === 0 || still.height === 0) return;
  still.getContext("2d")?.drawImage(shown, 0, 0);
  still.className = "still";
  dropStill(screen);
  screen.append(still);
}

/** There is a picture again. */
export function dropStill(screen: HTMLElement): void {
  screen.querySelector(":scope > canvas")?.remove();
}
