import { BEAT } from "./beat.ts";
import { begin, connected, heard, look, type Stream } from "./held.ts";
import type { Connection, StreamEvent, StreamMessage } from "./htmx-events.ts";

/** So old may be what a page shows that asks by itself; the list of workshops is, too. */
const ASK_MS = 4000;
/** What brings nothing may also be a line that died without a word. */
const RENEW_MS = 60_000;
const LOOK_MS = 500;

/** An event of the document's: what the page shows is new. */
export const NEWS = "clarateach:news";

/** A page's live part, where it has one, follows its stream; while nothing comes by that, the page asks by itself. */
export function livePart(): void {
  const part = document.querySelector("[hx-sse\\:connect]");
  const asker = document.querySelector("[data-asker]");
  if (part && asker) new LivePart(part, asker).start();
}

class LivePart {
  #stream: Stream = begin(performance.now());
  #connection: Connection | undefined;
  #asking: ReturnType<typeof setInterval>[] = [];

  /** @param asker fetches the same part once, whenever it hears `ask` */
  constructor(
    readonly part: Element,
    readonly asker: Element,
  ) {}

  start(): void {
    const { part, asker } = this;
    part.addEventListener("htmx:sse:after:connection", (event) => this.#connected(event as StreamEvent));
    part.addEventListener("htmx:sse:before:message", (event) => this.#hear(event as StreamMessage));
    part.addEventListener("htmx:sse:after:message", (event) => isBeat(event as StreamMessage) || tellNews());
    // Of one that is held it says nothing about the server.
    part.addEventListener("htmx:sse:error", () => this.#stream.held || this.#mark(true));
    asker.addEventListener("htmx:after:swap", () => this.#answered());
    for (const name of ["htmx:error", "htmx:response:error"]) asker.addEventListener(name, () => this.#mark(true));
    // What nobody looked at was paused.
    document.addEventListener("visibilitychange", () => this.#become(connected(this.#stream, performance.now())));
    setInterval(() => document.hidden || this.#become(look(this.#stream, performance.now())), LOOK_MS);
  }

  #connected(event: StreamEvent): void {
    this.#connection = event.detail.connection;
    this.#become(connected(this.#stream, performance.now()));
    this.#mark(false);
  }

  /** What comes of a held one may be old: the page has asked since. */
  #hear(event: StreamMessage): void {
    const wasHeld = this.#stream.held;
    this.#become(heard(this.#stream, performance.now(), isBeat(event)));
    if (wasHeld) event.preventDefault();
    else this.#mark(false);
    // What was asked for before is older: its answer would take the place of this one.
    if (!wasHeld && !isBeat(event)) this.asker.dispatchEvent(new Event("htmx:abort"));
  }

  #become(stream: Stream): void {
    const { held } = this.#stream;
    this.#stream = stream;
    if (stream.held === held) return;
    // Also once more at the end: what the stream brought meanwhile wasn't shown.
    this.#ask();
    if (held) for (const timer of this.#asking.splice(0)) clearInterval(timer);
    else this.#asking = [setInterval(() => this.#ask(), ASK_MS), setInterval(() => this.#renew(), RENEW_MS)];
  }

  #ask(): void {
    if (!document.hidden) this.asker.dispatchEvent(new Event("ask"));
  }

  /** htmx connects again when what it reads has ended, and by this event where it has no connection at all. */
  #renew(): void {
    void this.#connection?.reader?.cancel();
    this.part.dispatchEvent(new Event("again"));
  }

  #answered(): void {
    this.#mark(false);
    tellNews();
  }

  /** What stands there stays readable while the server doesn't answer. */
  #mark(away: boolean): void {
    this.part.classList.toggle("away", away);
    const notice = document.getElementById("away");
    if (notice) notice.hidden = !away;
  }
}

const isBeat = ({ detail }: StreamMessage): boolean => detail.message.event === BEAT;
const tellNews = (): boolean => document.dispatchEvent(new Event(NEWS));
