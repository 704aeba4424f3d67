import { Problem } from "../contract/errors.ts";
import { once } from "../contract/once.ts";
import type { Owner } from "./owner.ts";
import type { Owners } from "./owners.ts";

/** Long enough to look something up elsewhere and come back; a browser that nobody uses costs 400 MB. */
const IDLE_MS = 10 * 60 * 1000;

export interface UsedGiven {
  idleMs: number | undefined;
  trouble(error: unknown): void;
}

/** From when to when a seat's browser runs: it is started when first used, and ended when nobody uses it. */
export class UsedBrowser {
  readonly #owners: Owners;
  readonly #given: UsedGiven;
  #running: Promise<Owner> | undefined;
  #ending: Promise<void>;
  /** Aborted when whoever is just starting isn't wanted any more. */
  #starting = new AbortController();
  #users = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @param before what must have ended first */
  constructor(owners: Owners, given: UsedGiven, before: Promise<void>) {
    this.#owners = owners;
    this.#given = given;
    this.#ending = before;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whoever runs it, or will; undefined: nobody started it. */
  get running(): Promise<Owner> | undefined {
    return this.#running;
  }

  /** @returns ends this use */
  use(): () => void {
    this.#users++;
    clearTimeout(this.#idle);
    return once(() => {
      this.#users--;
      if (this.#users === 0 && !this.#closed) this.#idle = setTimeout(() => void this.#stop(), this.#given.idleMs ?? IDLE_MS);
    });
  }

  /** @throws Problem NOT_RUNNING once it is closed, and what `Owners` throw */
  run(): Promise<Owner> {
    if (this.#closed) return Promise.reject(new Problem("NOT_RUNNING", "This seat's preview has ended."));
    this.#running ??= this.#start();
    return this.#running;
  }

  /** For good; resolves once nothing of it is left. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#stop();
  }

  async #start(): Promise<Owner> {
    try {
      const { signal } = this.#starting;
      await this.#ending;
      const owner = await this.#owners.start(signal);
      const begun = Date.now();
      void owner.ended.then(() => this.#ended(owner, Date.now() - begun));
      return owner;
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
  }

  /** By itself, or because it hung: its viewers' sockets close by themselves; the next use starts everything anew. */
  async #ended(owner: Owner, livedMs: number): Promise<void> {
    if ((await this.#running?.catch(() => undefined)) !== owner) return;
    this.#running = undefined;
    this.#owners.ended(owner, livedMs);
    this.#ending = owner.end().catch(this.#given.trouble);
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#starting.abort();
    this.#starting = new AbortController();
    if (running) this.#ending = running.then((owner) => owner.end()).catch(() => {});
    await this.#ending;
    this.#owners.forget();
  }
}
