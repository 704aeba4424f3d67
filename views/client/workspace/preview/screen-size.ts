/** Chromium's own narrowest window, and a page of three lines below its bars: a smaller pane shows a larger screen scaled down. */
const LEAST = { w: 500, h: 400 };

/** Each pixel costs the seat's processors: a larger pane shows a smaller screen scaled up. */
const MOST = { w: 1920, h: 1200 };

export interface Extent {
  w: number;
  h: number;
}

/**
 * The size of a screen with the shape of this pane, within the bounds, in whole pixels.
 * @param share of the size it would have otherwise: a slow line gets fewer pixels
 */
export function screenFor({ w, h }: Extent, share = 1): Extent {
  const most = Math.min(MOST.w / w, MOST.h / h);
  const scale = Math.min(Math.max(share * Math.min(1, most), LEAST.w / w, LEAST.h / h), most);
  return { w: Math.floor(w * scale), h: Math.floor(h * scale) };
}
