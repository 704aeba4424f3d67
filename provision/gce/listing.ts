import { ask, type Calling, pause } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { type Listed, listedOf } from "./instance.ts";
import { type GoogleSettings, ownFilter } from "./settings.ts";

/** Between two lists: 120 a minute are a small part of a project's quota, however many machines are waited for. */
const INTERVAL_MS = 500;
/** Of the time between two lists, how many times the last one's own it is: a list of 600 machines is work. */
const REST = 4;
/** Everybody waits for it: who asks again gets another. */
const ATTEMPTS = 2;
/** Most that a page holds. */
const PAGE = 500;

/** All machines of this gateway, as one list for all who ask: a call a machine would be 600 calls a look. */
export interface Listing {
  /** As it was after this call. @throws GoogleProblem */
  next(options?: Calling): Promise<Listed[]>;
}

export function openListing(settings: GoogleSettings, { instances }: Pick<Clients, "instances">): Listing {
  /** Settled when the next one may begin. */
  let free: Promise<unknown> = Promise.resolve();
  let waiting: Promise<Listed[]> | undefined;

  async function begin(): Promise<Listed[]> {
    await free;
    const startedAt = Date.now();
    // Who comes from now on needs a later one.
    waiting = undefined;
    const listed = ask("list the machines", all, { attempts: ATTEMPTS });
    const rest = () => pause(Math.max(0, startedAt + Math.max(INTERVAL_MS, REST * (Date.now() - startedAt)) - Date.now()));
    free = listed.then(rest, rest);
    return listed;
  }

  async function all(): Promise<Listed[]> {
    const found: Listed[] = [];
    const wish = { project: settings.project, filter: ownFilter(settings), maxResults: PAGE };
    for await (const [, { instances: own }] of instances.aggregatedListAsync(wish, { ...oneAttempt(), autoPaginate: false }))
      for (const instance of own ?? []) found.push(listedOf(settings, instance));
    return found;
  }

  return {
    next: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      waiting ??= begin();
      return until(waiting, signal);
    },
  };
}

/** One who leaves doesn't end it for the others. */
async function until<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared;
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  return Promise.race([shared, left]).finally(() => signal.removeEventListener("abort", leave));
}
