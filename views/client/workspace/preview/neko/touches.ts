import type { Deed } from "./input.ts";
import { Wheel } from "./wheel.ts";

interface Point {
  x: number;
  y: number;
}

/** The one that is a mouse. */
interface Finger {
  id: number;
  from: Point;
  at: Point;
  scrolls: boolean;
  long: ReturnType<typeof setTimeout>;
}

/** Fingers that a screen can tell apart. */
const MOST_FINGERS = 10;

/** A finger that went less far stayed where it was; one that stayed for this long asks for the menu. */
const STILL_PX = 12;
const LONG_MS = 600;

/** Fingers, as touches where the seat's screen takes them; else one finger is a mouse: tap clicks, drag scrolls, a long press is the right button. */
export class Touches {
  /** The seat's number of a finger, by the browser's. */
  readonly #numbers = new Map<number, number>();
  readonly #wheel = new Wheel();
  #finger: Finger | undefined;

  constructor(
    readonly send: (deed: Deed) => void,
    readonly asSuch: () => boolean,
  ) {}

  down(id: number, at: Point, pressure: number): void {
    if (this.asSuch()) this.#touchDown(id, at, pressure);
    else if (!this.#finger) this.#mouseDown(id, at);
  }

  move(id: number, at: Point, pressure: number): void {
    const number = this.#numbers.get(id);
    if (number !== undefined) this.send({ is: "touchupdate", id: number, ...at, pressure: strength(pressure) });
    else if (this.#finger?.id === id) this.#drag(this.#finger, at);
  }

  up(id: number, at: Point): void {
    const number = this.#numbers.get(id);
    this.#numbers.delete(id);
    if (number !== undefined) this.send({ is: "touchend", id: number, ...at, pressure: 0 });
    else if (this.#finger?.id === id) this.#tap(this.#finger);
  }

  releaseAll(): void {
    for (const number of this.#numbers.values()) this.send({ is: "touchend", id: number, x: 0, y: 0, pressure: 0 });
    this.#numbers.clear();
    this.#forget();
  }

  #touchDown(id: number, at: Point, pressure: number): void {
    const number = [...Array(MOST_FINGERS).keys()].find((one) => ![...this.#numbers.values()].includes(one));
    if (number === undefined) return;
    this.#numbers.set(id, number);
    this.send({ is: "touchbegin", id: number, ...at, pressure: strength(pressure) });
  }

  #mouseDown(id: number, at: Point): void {
    const long = setTimeout(() => {
      this.#forget();
      this.#click(at, 3);
    }, LONG_MS);
    this.#finger = { id, from: at, at, scrolls: false, long };
  }

  #drag(finger: Finger, at: Point): void {
    if (!finger.scrolls && Math.hypot(at.x - finger.from.x, at.y - finger.from.y) < STILL_PX) return;
    if (!finger.scrolls) this.send({ is: "move", ...finger.from });
    finger.scrolls = true;
    clearTimeout(finger.long);
    // The page goes with the finger.
    const way = { deltaX: finger.at.x - at.x, deltaY: finger.at.y - at.y, deltaMode: 0, timeStamp: performance.now() };
    finger.at = at;
    const clicks = this.#wheel.turn(way);
    if (clicks.x !== 0 || clicks.y !== 0) this.send({ is: "scroll", ...clicks, control: false });
  }

  #tap({ scrolls, from }: Finger): void {
    this.#forget();
    if (!scrolls) this.#click(from, 1);
  }

  #click(at: Point, button: number): void {
    this.send({ is: "move", ...at });
    this.send({ is: "buttondown", button });
    this.send({ is: "buttonup", button });
  }

  #forget(): void {
    clearTimeout(this.#finger?.long);
    this.#finger = undefined;
  }
}

/** A screen that can't tell says 0 or ½. */
const strength = (pressure: number): number => Math.round((pressure || 0.5) * 255);
