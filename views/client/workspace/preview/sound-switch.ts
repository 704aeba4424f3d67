import { act, one } from "../../shared/dom.ts";
import { recall, remember } from "../remember.ts";
import { nameTool } from "./tool-name.ts";

const BUTTON = '[data-act="preview-sound"]';

/** What browsers take for a sign that somebody is there. */
const GESTURES = ["pointerup", "keydown"] as const;

/**
 * Whether the learner hears the seat's browser; her wish is remembered. Browsers let a page make a noise only after somebody did something in
 * it: until then a remembered wish waits, and the button says that it is silent.
 */
export class SoundSwitch {
  #isOn = false;

  /** @param key where the wish is kept  @param changed hears of each change, within the gesture that makes it */
  constructor(
    readonly key: string,
    readonly changed: (on: boolean) => void,
  ) {
    act("preview-sound", () => {
      this.#set(!this.#isOn);
      remember(key, this.#isOn);
    });
    if (recall<unknown>(key, false) === true) this.#await();
  }

  #await(): void {
    const here = new AbortController();
    const come = ({ target }: Event) => {
      if (navigator.userActivation?.hasBeenActive === false) return;
      here.abort();
      // Who presses the button itself says what she wants.
      if (!(target instanceof Element && target.closest(BUTTON))) this.#set(true);
    };
    for (const gesture of GESTURES) addEventListener(gesture, come, { capture: true, signal: here.signal });
  }

  #set(on: boolean): void {
    this.#isOn = on;
    const button = one(BUTTON);
    nameTool(button, on ? "Turn the sound off" : "Turn the sound on");
    one("use", button).setAttribute("href", on ? "#sound" : "#mute");
    this.changed(on);
  }
}
