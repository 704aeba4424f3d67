import type { Deed } from "./input.ts";
import { Wheel } from "./wheel.ts";

interface Point {
  x: number;
  y: number;
}

/** One of those that are a mouse. */
interface Finger {
  id: number;
  from: Point;
  at: Point;
}

/** What they do together, from the first that comes down to the last that goes up. */
interface Gesture {
  fingers: Finger[];
  /** Where it began. */
  from: Point;
  /** By now; the menu where there were two at once. After a long press nothing more is meant, whatever comes. */
  means: "click" | "menu" | "scroll" | "nothing";
  long: ReturnType<typeof setTimeout>;
}

/** Fingers that a screen can tell apart. */
const MOST_FINGERS = 10;

/** A finger that went less far stayed where it was; one that stayed for this long asks for the menu. */
const STILL_PX = 12;
const LONG_MS = 600;

/** Buttons, as X numbers them. */
const LEFT = 1;
const RIGHT = 3;

/**
 * Fingers, as touches where the seat's screen takes them. Else they are a mouse: a tap clicks, one finger that moves scrolls, and so do two; a
 * long press is the right button, and so is a tap with two.
 */
export class Touches {
  /** The seat's number of a finger, by the browser's. */
  readonly #numbers = new Map<number, number>();
  readonly #wheel = new Wheel();
  #gesture: Gesture | undefined;

  constructor(
    readonly send: (deed: Deed) => void,
    readonly asSuch: () => boolean,
  ) {}

  down(id: number, at: Point, pressure: number): void {
    if (this.asSuch()) this.#touchDown(id, at, pressure);
    else this.#mouseDown(id, at);
  }

  move(id: number, at: Point, pressure: number): void {
    const number = this.#numbers.get(id);
    if (number !== undefined) this.send({ is: "touchupdate", id: number, ...at, pressure: strength(pressure) });
    else this.#drag(id, at);
  }

  up(id: number, at: Point): void {
    const number = this.#numbers.get(id);
    this.#numbers.delete(id);
    if (number !== undefined) this.send({ is: "touchend", id: number, ...at, pressure: 0 });
    else this.#mouseUp(id);
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
    const finger = { id, from: at, at };
    const gesture = this.#gesture;
    if (!gesture) this.#gesture = this.#begin(finger);
    else if (gesture.fingers.length === 1 && gesture.means !== "nothing") {
      clearTimeout(gesture.long);
      gesture.fingers.push(finger);
      if (gesture.means === "click") gesture.means = "menu";
    }
  }

  #begin(finger: Finger): Gesture {
    const press = () => {
      gesture.means = "nothing";
      this.#click(gesture.from, RIGHT);
    };
    const gesture: Gesture = { fingers: [finger], from: finger.at, means: "click", long: setTimeout(press, LONG_MS) };
    return gesture;
  }

  #drag(id: number, at: Point): void {
    const gesture = this.#gesture;
    const finger = gesture?.fingers.find((one) => one.id === id);
    if (!gesture || !finger || gesture.means === "nothing") return;
    if (gesture.means !== "scroll") {
      if (Math.hypot(at.x - finger.from.x, at.y - finger.from.y) < STILL_PX) return;
      this.send({ is: "move", ...gesture.from });
      gesture.means = "scroll";
      clearTimeout(gesture.long);
    }
    // The page goes with the finger; of two, each moves it half the way.
    const share = 1 / gesture.fingers.length;
    const [deltaX, deltaY] = [(finger.at.x - at.x) * share, (finger.at.y - at.y) * share];
    finger.at = at;
    const clicks = this.#wheel.turn({ deltaX, deltaY, deltaMode: 0, timeStamp: performance.now() });
    if (clicks.x !== 0 || clicks.y !== 0) this.send({ is: "scroll", ...clicks, control: false });
  }

  #mouseUp(id: number): void {
    const gesture = this.#gesture;
    if (!gesture?.fingers.some((one) => one.id === id)) return;
    gesture.fingers = gesture.fingers.filter((one) => one.id !== id);
    if (gesture.fingers.length > 0) return;
    this.#forget();
    if (gesture.means === "click") this.#click(gesture.from, LEFT);
    else if (gesture.means === "menu") this.#click(gesture.from, RIGHT);
  }

  #click(at: Point, button: number): void {
    this.send({ is: "move", ...at });
    this.send({ is: "buttondown", button });
    this.send({ is: "buttonup", button });
  }

  #forget(): void {
    clearTimeout(this.#gesture?.long);
    this.#gesture = undefined;
  }
}

/** A screen that can't tell says 0 or ½. */
const strength = (pressure: number): number => Math.round((pressure || 0.5) * 255);
