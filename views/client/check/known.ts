import { one } from "../shared/dom.ts";
import type { Place } from "./words.ts";

/** What the server knows of itself and of this browser. */
export interface Known {
  place: Place;
  /** Our own server answers browsers itself, and pings what it holds open. */
  ownFront: boolean;
  stun: string[];
  address: string;
  /** ISO 8601: when the page was made. */
  now: string;
  /** Where the instructor is told; missing: nobody is. */
  noteAt?: string;
}

export const readKnown = (): Known => JSON.parse(one("#check").dataset.known ?? "") as Known;
