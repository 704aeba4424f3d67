import { WATCH_LIMIT, type WatchEvent, type WatchRequest } from "../../../../agent/contract/files.ts";
import { type Link, type LinkState, openLink } from "../reconnect.ts";
import { seatGate } from "../seat/gate.ts";
import { base } from "../session.ts";

export interface WatchOptions {
  event(event: WatchEvent): void;
  onState(state: LinkState): void;
  onRefused(attempts: number): void;
}

/** Hears what happens in the folders that the page shows: those expanded in the tree, and those of open files. */
export class Watch {
  readonly #parts = new Map<string, readonly string[]>();
  readonly #link: Link;
  #asked = "";

  constructor(options: WatchOptions) {
    this.#link = openLink({
      url: `${base}files/watch`,
      gate: seatGate,
      onOpen: () => this.#ask(),
      onMessage: (data) => {
        const event = parse(data);
        // A folder that went is watched no more; should it come back, it has to be asked for again.
        if (event?.type === "gone") this.#asked = "";
        if (event) options.event(event);
      },
      onState: options.onState,
      onRefused: options.onRefused,
    });
  }

  set(part: "tree" | "editor", folders: readonly string[]): void {
    this.#parts.set(part, folders);
    if (this.#request() !== this.#asked) this.#ask();
  }

  retry = (): void => this.#link.retryNow();
  close = (): void => this.#link.close();

  #ask(): void {
    const request = this.#request();
    this.#asked = this.#link?.send(request) ? request : "";
  }

  #request(): string {
    const all = new Set([...(this.#parts.get("tree") ?? []), ...(this.#parts.get("editor") ?? [])]);
    return JSON.stringify({ type: "watch", paths: [...all].slice(0, WATCH_LIMIT) } satisfies WatchRequest);
  }
}

/** Undefined for what this build doesn't know. */
function parse(data: string | ArrayBuffer): WatchEvent | undefined {
  if (typeof data !== "string") return undefined;
  const event = JSON.parse(data) as WatchEvent;
  return ["changed", "gone", "lost"].includes(event.type) ? event : undefined;
}
