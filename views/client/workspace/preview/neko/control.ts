import type { ToNeko } from "../../../../../agent/contract/neko-events.ts";
import { asEvent, type Deed, encode } from "./input.ts";

/** What is behind: pointers have another place by the time a full channel is empty. */
const FULL = 16_384;

/** A key that went by the socket is there after this: what follows may take the faster way. */
const SOCKET_MS = 500;

type Way = "channel" | "socket";

/** What `Control` uses of an `RTCDataChannel`. */
export interface Channel {
  readonly readyState: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
}

/**
 * Takes deeds to the seat's screen: by the data channel, which is heard only from who has the controls, and otherwise by the socket,
 * which takes them. What was pressed one way is let go of the same way, or the release could come first.
 */
export class Control {
  channel: Channel | undefined;
  /** One's own name there, and that of who has the controls. */
  session: string | undefined;
  host: string | undefined;
  readonly #pressed = new Map<string, Way>();
  #bySocketAt = Number.NEGATIVE_INFINITY;

  /** @param say puts an event on the socket; false while there is none  @param now a clock in milliseconds */
  constructor(
    readonly say: (event: ToNeko, payload: object) => boolean,
    readonly now: () => number,
  ) {}

  do(deed: Deed): void {
    const name = nameOf(deed);
    const way = this.#pressed.get(name) ?? this.#way();
    if (isPress(deed)) this.#pressed.set(name, way);
    else if (isRelease(deed)) this.#pressed.delete(name);
    if (way === "channel") this.#byChannel(deed);
    else this.#bySocket(deed);
  }

  /** The socket is another one: what was pressed by the last is let go of there. */
  reset(): void {
    this.#pressed.clear();
    this.session = this.host = undefined;
  }

  #way(): Way {
    const open = this.channel?.readyState === "open" && this.session !== undefined && this.host === this.session;
    return open && this.now() - this.#bySocketAt > SOCKET_MS ? "channel" : "socket";
  }

  #byChannel(deed: Deed): void {
    const { channel } = this;
    if (channel?.readyState !== "open") this.#bySocket(deed);
    else if (deed.is !== "move" || channel.bufferedAmount < FULL) channel.send(encode(deed));
  }

  #bySocket(deed: Deed): void {
    const { event, payload } = asEvent(deed);
    if (deed.is !== "move") this.#bySocketAt = this.now();
    this.say(event, payload);
  }
}

function nameOf(deed: Deed): string {
  if ("key" in deed) return `key ${deed.key}`;
  if ("button" in deed) return `button ${deed.button}`;
  return "id" in deed ? `touch ${deed.id}` : "";
}

const isPress = ({ is }: Deed): boolean => is === "keydown" || is === "buttondown" || is === "touchbegin";
const isRelease = ({ is }: Deed): boolean => is === "keyup" || is === "buttonup" || is === "touchend";
