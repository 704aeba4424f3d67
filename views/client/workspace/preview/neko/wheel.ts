/** So many pixels of a wheel's way are one click of it, and so many pixels a line or a page is. */
const CLICK = 53;
const LINE = 19;
const PAGE = 600;

/** After this long it is another turn, which scrolls at once. */
const TURN_MS = 250;

/** More clicks at once than anybody turns. */
const MOST_CLICKS = 20;

export interface Turned {
  deltaX: number;
  deltaY: number;
  /** As `WheelEvent` has it: 0 pixels, 1 lines, 2 pages. */
  deltaMode: number;
  timeStamp: number;
}

/** Pixels of wheels and fingers become clicks, which is what X knows; what is left of one goes to the next. */
export class Wheel {
  #x = 0;
  #y = 0;
  #at = Number.NEGATIVE_INFINITY;

  /** @returns clicks, positive up and left as X has them; both 0 while there isn't one yet */
  turn({ deltaX, deltaY, deltaMode, timeStamp }: Turned): { x: number; y: number } {
    const unit = [1, LINE, PAGE][deltaMode] ?? 1;
    const first = timeStamp - this.#at > TURN_MS;
    if (first) this.#x = this.#y = 0;
    this.#at = timeStamp;
    this.#x += deltaX * unit;
    this.#y += deltaY * unit;
    const clicks = { x: this.#take(this.#x, first), y: this.#take(this.#y, first) };
    this.#x = left(this.#x, clicks.x);
    this.#y = left(this.#y, clicks.y);
    return { x: -clicks.x || 0, y: -clicks.y || 0 };
  }

  #take(way: number, first: boolean): number {
    const whole = Math.trunc(way / CLICK) || (first ? Math.sign(way) : 0);
    return Math.max(-MOST_CLICKS, Math.min(MOST_CLICKS, whole));
  }
}

/** What one turn was too much of is forgotten: it would go on scrolling. */
function left(way: number, clicks: number): number {
  const rest = way - clicks * CLICK;
  return Math.abs(rest) < CLICK ? rest : 0;
}
