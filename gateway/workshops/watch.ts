import type { AgentClient } from "../agents/client.ts";
import type { Whole } from "./record.ts";
import type { Reports } from "./reports.ts";
import { addressOf, machinesOf } from "./resources/machine-row.ts";
import type { Store } from "./store.ts";

/** Another gateway may have written: the database is looked at this often. */
const LOOK_MS = 1000;
/** Ten seats that come up send more hints than anybody can read. */
const LEAST_BETWEEN_MS = 250;

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
  #busy = false;
  #again = false;
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
    for (const socket of this.#sockets.values()) socket.close();
    for (const reader of this.#readers) reader.ring();
  }

  /** Looks whether the revision went up; one look at a time. @param machines they hinted: ask them again */
  look(machines = false): void {
    this.#again ||= machines;
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    const ask = this.#again;
    this.#again = false;
    void this.#lookNow(ask)
      .catch(() => undefined)
      .finally(() => {
        this.#busy = false;
        if (this.#again) this.look();
      });
  }

  async #lookNow(ask: boolean): Promise<void> {
    const revision = (await this.tools.store.revision(this.id)) ?? 0;
    if (!ask && revision === this.#revision) return;
    const whole = await this.tools.store.whole(this.id);
    if (!whole || this.#ended) return;
    const fresh = await this.#listen(whole);
    if (ask || fresh) await this.tools.reports.refresh(whole);
    this.#revision = whole.workshop.revision;
    for (const reader of this.#readers) reader.ring();
  }

  /** A socket to every machine that runs. @returns whether one was opened: its report isn't known yet */
  async #listen({ rows }: Whole): Promise<boolean> {
    const wanted = machinesOf(rows).filter(
      ({ observed, detail }) => observed === "running" && detail.certificate && (detail.acknowledged ?? 0) > 0,
    );
    let opened = false;
    for (const row of wanted) {
      if (this.#sockets.has(row.name)) continue;
      opened = true;
      const socket = await this.tools.agents.events(addressOf(row));
      if (this.#ended) socket.close();
      this.#sockets.set(row.name, socket);
      socket.onmessage = () => this.look(true);
      // Gone with its agent; the next look that finds the machine running opens another.
      socket.onclose = () => this.#forget(row.name, socket);
      socket.onerror = () => this.#forget(row.name, socket);
    }
    return opened;
  }

  #forget(name: string, socket: WebSocket): void {
    if (this.#sockets.get(name) !== socket) return;
    this.#sockets.delete(name);
    this.#revision = 0;
  }
}
