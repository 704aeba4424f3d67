import type { Extent } from "../screen-size.ts";
import type { Deed } from "./input.ts";
import { pixelAt } from "./place.ts";
import { Touches } from "./touches.ts";
import { Wheel } from "./wheel.ts";

export interface PointerOptions {
  /** What the pointer moves over, with the picture fitted into it. */
  stage: HTMLElement;
  picture: HTMLElement;
  screen(): Extent;
  /** Whether the seat's screen takes touches as such. */
  touch(): boolean;
  send(deed: Deed): void;
  signal: AbortSignal;
}

/** Mouse, pen, wheel and fingers over the picture. */
export class Pointer {
  readonly #wheel = new Wheel();
  readonly #touches: Touches;
  readonly #buttons = new Set<number>();
  #move: { x: number; y: number } | undefined;

  constructor(readonly options: PointerOptions) {
    const { stage, signal } = options;
    this.#touches = new Touches(options.send, options.touch);
    const on = <K extends keyof HTMLElementEventMap>(name: K, act: (event: HTMLElementEventMap[K]) => void) =>
      stage.addEventListener(name, act, { signal, passive: false });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#moved(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("wheel", (event) => this.#turned(event));
    on("contextmenu", (event) => event.preventDefault());
  }

  /** Nothing stays pressed. */
  releaseAll(): void {
    for (const button of this.#buttons) this.options.send({ is: "buttonup", button });
    this.#buttons.clear();
    this.#touches.releaseAll();
  }

  #down(event: PointerEvent): void {
    this.options.stage.setPointerCapture(event.pointerId);
    // The keyboard's place would lose it.
    event.preventDefault();
    if (event.pointerType === "touch") this.#touches.down(event.pointerId, this.#at(event), event.pressure);
    else this.#press(event);
  }

  #moved(event: PointerEvent): void {
    if (event.pointerType === "touch") this.#touches.move(event.pointerId, this.#at(event), event.pressure);
    else if (event.button >= 0) this.#another(event);
    else this.#glide(event);
  }

  #up(event: PointerEvent): void {
    if (event.pointerType === "touch") this.#touches.up(event.pointerId, this.#at(event));
    else this.#release(event);
  }

  #cancel(event: PointerEvent): void {
    if (event.pointerType === "touch") this.#touches.up(event.pointerId, this.#at(event));
    else this.releaseAll();
  }

  #turned(event: WheelEvent): void {
    event.preventDefault();
    const clicks = this.#wheel.turn(event);
    if (clicks.x === 0 && clicks.y === 0) return;
    this.#go(event);
    this.options.send({ is: "scroll", ...clicks, control: event.ctrlKey });
  }

  /** A second button's press, while the first is held, comes as a move; so does its release. */
  #another(event: PointerEvent): void {
    if (event.buttons & (MASK[event.button] ?? 0)) this.#press(event);
    else this.#release(event);
  }

  /** One place a picture: nobody sees more. */
  #glide(event: PointerEvent): void {
    if (!this.#move) requestAnimationFrame(() => this.#flush());
    this.#move = this.#at(event);
  }

  #press(event: PointerEvent): void {
    this.#go(event);
    this.#buttons.add(event.button + 1);
    this.options.send({ is: "buttondown", button: event.button + 1 });
  }

  #release(event: PointerEvent): void {
    if (!this.#buttons.delete(event.button + 1)) return;
    this.#go(event);
    this.options.send({ is: "buttonup", button: event.button + 1 });
  }

  #go(event: MouseEvent): void {
    this.#move = this.#at(event);
    this.#flush();
  }

  #flush(): void {
    const move = this.#move;
    this.#move = undefined;
    if (move) this.options.send({ is: "move", ...move });
  }

  #at({ clientX, clientY }: MouseEvent): { x: number; y: number } {
    const { left, top, width, height } = this.options.picture.getBoundingClientRect();
    return pixelAt({ x: clientX - left, y: clientY - top }, { w: width, h: height }, this.options.screen());
  }
}

/** `PointerEvent.buttons` by `PointerEvent.button`. */
const MASK = [1, 4, 2];
