import { ask, type Calling, pause } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { type Listed, listedOf } from "./instance.ts";
import { type GoogleSettings, ownFilter } from "./settings.ts";

/** Between two lists: 120 a minute are a small part of a project's quota, however many machines are waited for. */
const INTERVAL_MS = 500;
/** Most that a page holds. */
const PAGE = 500;

/** All machines of this gateway, as one list for all who ask: a call a machine would be 600 calls a look. */
export interface Listing {
  /** As it was after this call. @throws GoogleProblem */
  next(options?: Calling): Promise<Listed[]>;
}

export function openListing(settings: GoogleSettings, { instances }: Pick<Clients, "instances">): Listing {
  let startedAt = 0;
  let waiting: Promise<Listed[]> | undefined;

  async function begin(): Promise<Listed[]> {
    await pause(Math.max(0, startedAt + INTERVAL_MS - Date.now()));
    startedAt = Date.now();
    // Who comes from now on needs a later one.
    waiting = undefined;
    return ask("list the machines", all);
  }

  async function all(): Promise<Listed[]> {
    const found: Listed[] = [];
    const wish = { project: settings.project, filter: ownFilter(settings), maxResults: PAGE };
    for await (const [, { instances: own }] of instances.aggregatedListAsync(wish, { ...oneAttempt(), autoPaginate: false }))
      for (const instance of own ?? []) found.push(listedOf(settings, instance));
    return found;
  }

  return {
    next: ({ signal } = {}) => {
      waiting ??= begin();
      return until(waiting, signal);
    },
  };
}

/** One who leaves doesn't end it for the others. */
async function until<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared;
  signal.throwIfAborted();
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  return Promise.race([shared, left]).finally(() => signal.removeEventListener("abort", leave));
}
