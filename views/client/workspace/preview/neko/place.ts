import type { Extent } from "../screen-size.ts";

interface Point {
  x: number;
  y: number;
}

/** Where a picture of `screen` lies in a `box` into which it is fitted, and how many of its pixels are one of the page's. */
export function fitted(box: Extent, screen: Extent): Point & { scale: number } {
  const scale = Math.max(screen.w / box.w, screen.h / box.h);
  return { x: (box.w - screen.w / scale) / 2, y: (box.h - screen.h / scale) / 2, scale };
}

/** @param at a point of the box, in the page's pixels  @returns the screen's pixel there, the nearest one for a point beside it */
export function pixelAt(at: Point, box: Extent, screen: Extent): Point {
  const { x, y, scale } = fitted(box, screen);
  return { x: clamp((at.x - x) * scale, screen.w), y: clamp((at.y - y) * scale, screen.h) };
}

const clamp = (value: number, size: number): number => Math.max(0, Math.min(size - 1, Math.floor(value) || 0));
