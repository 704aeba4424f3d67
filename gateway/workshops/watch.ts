import type { AgentClient } from "../agents/client.ts";
import type { Whole } from "./record.ts";
import type { Reports } from "./reports.ts";
import { addressOf, machinesOf } from "./resources/machine-row.ts";
import type { Store } from "./store.ts";

/** Another gateway may have written: the database is looked at this often. */
const LOOK_MS = 1000;
/** Ten seats that come up send more hints than anybody can read. */
const LEAST_BETWEEN_MS = 250;
/** Letters of a hint, which has 18; whoever sends more isn't an agent. */
const HINT_LIMIT = 1024;
/** An agent sends ten; more come at once only where we were held up for minutes. */
const HINTS_A_SECOND = 1000;
/** So long a machine isn't listened to that sent what is no hint; what it says is asked for by the driver all the same. */
const DEAF_MS = 60_000;
/** Costs go up while nothing changes: what is shown of them is no older than this. */
const OLDEST_SHOWN_MS = 60_000;

export interface WatchTools {
  store: Store;
  agents: AgentClient;
  reports: Reports;
}

/** Hints that a workshop changed, for whoever looks at it. All watchers of one workshop share one look and one socket a machine. */
export class Watching {
  readonly #watches = new Map<string, Watch>();

  constructor(private readonly tools: WatchTools) {}

  /** Yields at once and then after every change, until `signal`. Before each, the machines were asked again if they hinted. */
  async *hints(id: string, signal: AbortSignal): AsyncGenerator<void> {
    const watch = this.#watches.get(id) ?? new Watch(id, this.tools);
    this.#watches.set(id, watch);
    const reader = watch.join();
    const leave = () => reader.ring();
    signal.addEventListener("abort", leave);
    try {
      while (!signal.aborted) {
        yield;
        await reader.next();
      }
    } finally {
      signal.removeEventListener("abort", leave);
      if (watch.leave(reader)) this.#watches.delete(id);
    }
  }

  /** Something of ours changed: don't wait for the next look. */
  hint(id: string): void {
    this.#watches.get(id)?.look();
  }

  end(): void {
    for (const watch of this.#watches.values()) watch.end();
  }
}

/** One reader's bell: rung any number of times, heard once, and never sooner than `LEAST_BETWEEN_MS` after the last. */
class Reader {
  #bell = Promise.withResolvers<void>();
  #heard = Date.now();

  ring(): void {
    this.#bell.resolve();
  }

  async next(): Promise<void> {
    await this.#bell.promise;
    const early = this.#heard + LEAST_BETWEEN_MS - Date.now();
    if (early > 0) await Bun.sleep(early);
    this.#bell = Promise.withResolvers();
    this.#heard = Date.now();
  }
}

class Watch {
  readonly #readers = new Set<Reader>();
  readonly #sockets = new Map<string, WebSocket>();
  readonly #timer: Timer;
  #revision = 0;
  /** When its readers were last told. */
  #toldAt = 0;
  #busy = false;
  /** When machines were last asked because they hinted, and the next time. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #soon: Timer | undefined;
  /** Machines that sent something else than hints, and until when they aren't listened to. */
  readonly #deafTo = new Map<string, number>();
  /** Names of machines that hinted: only these are asked, so that one that hangs keeps back no news of the others. */
  #hinted = new Set<string>();
  #ended = false;

  constructor(
    private readonly id: string,
    private readonly tools: WatchTools,
  ) {
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  join(): Reader {
    const reader = new Reader();
    this.#readers.add(reader);
    return reader;
  }

  /** @returns whether nobody is left: the watch has ended */
  leave(reader: Reader): boolean {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return false;
    this.end();
    return true;
  }

  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    for (const socket of this.#sockets.values()) socket.close();
    for (const reader of this.#readers) reader.ring();
  }

  /** Looks whether the revision went up, and asks those that hinted, these not too often; one look at a time. */
  look(): void {
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    const asked = this.#takeHinted();
    void this.#lookNow(asked)
      .catch(() => undefined)
      .finally(() => {
        this.#busy = false;
        if (asked.size > 0) this.#askedAt = performance.now();
        this.#lookSoon();
      });
  }

  /** None while the last were asked a moment ago: a machine may hint as often as it likes, and its report costs a look. */
  #takeHinted(): ReadonlySet<string> {
    if (performance.now() - this.#askedAt < LEAST_BETWEEN_MS) return new Set();
    const hinted = this.#hinted;
    this.#hinted = new Set();
    return hinted;
  }

  #lookSoon(): void {
    if (this.#hinted.size === 0 || this.#busy || this.#soon !== undefined || this.#ended) return;
    const wait = Math.max(0, this.#askedAt + LEAST_BETWEEN_MS - performance.now());
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.look();
    }, wait);
  }

  async #lookNow(hinted: ReadonlySet<string>): Promise<void> {
    const revision = (await this.tools.store.revision(this.id)) ?? 0;
    const isOld = Date.now() - this.#toldAt >= OLDEST_SHOWN_MS;
    if (hinted.size === 0 && !isOld && revision === this.#revision) return;
    const whole = await this.tools.store.whole(this.id);
    if (!whole || this.#ended) return;
    const asked = new Set([...hinted, ...(await this.#listen(whole))]);
    if (asked.size > 0) await this.tools.reports.refresh(whole, asked);
    this.#revision = whole.workshop.revision;
    this.#toldAt = Date.now();
    for (const reader of this.#readers) reader.ring();
  }

  /** A socket to every machine that runs. @returns names of those where one was opened: their reports aren't known yet */
  async #listen({ rows }: Whole): Promise<string[]> {
    const wanted = machinesOf(rows).filter(
      ({ observed, detail }) => observed === "running" && detail.certificate && (detail.acknowledged ?? 0) > 0,
    );
    const opened: string[] = [];
    for (const row of wanted) {
      if (this.#sockets.has(row.name) || (this.#deafTo.get(row.name) ?? 0) > performance.now()) continue;
      opened.push(row.name);
      const socket = await this.tools.agents.events(addressOf(row));
      if (this.#ended) socket.close();
      this.#sockets.set(row.name, socket);
      this.#hear(row.name, socket);
      // Gone with its agent; the next look that finds the machine running opens another.
      socket.onclose = () => this.#forget(row.name, socket);
      socket.onerror = () => this.#forget(row.name, socket);
    }
    return opened;
  }

  #hear(name: string, socket: WebSocket): void {
    let second = { began: performance.now(), hints: 0 };
    socket.onmessage = ({ data }) => {
      const now = performance.now();
      if (now - second.began > 1000) second = { began: now, hints: 0 };
      second.hints++;
      const isHint = typeof data === "string" && data.length <= HINT_LIMIT && second.hints <= HINTS_A_SECOND;
      if (!isHint) return this.#stopHearing(name, socket);
      this.#hinted.add(name);
      this.#lookSoon();
    };
  }

  #stopHearing(name: string, socket: WebSocket): void {
    this.#deafTo.set(name, performance.now() + DEAF_MS);
    socket.onmessage = null;
    // Not `close`, which waits for the other side; the DOM's type, which stands for Bun's, doesn't have it.
    (socket as unknown as Bun.WebSocket).terminate();
  }

  #forget(name: string, socket: WebSocket): void {
    if (this.#sockets.get(name) !== socket) return;
    this.#sockets.delete(name);
    this.#revision = 0;
  }
}
