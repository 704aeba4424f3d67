/** Chromium's own narrowest window, and a page of three lines below its bars: a smaller pane shows a larger screen scaled down. */
const LEAST = { w: 500, h: 400 };

/** Each pixel costs the seat's processors: a larger pane shows a smaller screen scaled up. */
const MOST = { w: 1920, h: 1200 };

export interface Extent {
  w: number;
  h: number;
}

/** The size of a screen with the shape of this pane, within the bounds, in whole pixels. */
export function screenFor({ w, h }: Extent): Extent {
  const scale = Math.min(Math.max(1, LEAST.w / w, LEAST.h / h), MOST.w / w, MOST.h / h);
  return { w: Math.floor(w * scale), h: Math.floor(h * scale) };
}
