import { orLeft } from "../leaving.ts";
import { ask, type Calling, pause } from "./calls.ts";

/** Between two lists: 120 a minute are a small part of a project's quota, however many machines are waited for. */
const INTERVAL_MS = 500;
/** Of the time between two lists, how many times the last one's own it is: a list of 600 machines is work. */
const REST = 4;
/** Everybody waits for it: who asks again gets another. */
const ATTEMPTS = 2;

/** All of a kind that this gateway has, as one list for all who ask: a call a machine would be 600 calls a look. */
export interface Listing<T> {
  /** As it was after this call. @throws GoogleProblem */
  next(options?: Calling): Promise<T[]>;
}

/** @param what goes on after “Google Cloud could not ” @param all one attempt to list them */
export function openListing<T>(what: string, all: () => Promise<T[]>): Listing<T> {
  /** Settled when the next one may begin. */
  let free: Promise<unknown> = Promise.resolve();
  let waiting: Promise<T[]> | undefined;

  async function begin(): Promise<T[]> {
    await free;
    const startedAt = Date.now();
    // Who comes from now on needs a later one.
    waiting = undefined;
    const listed = ask(what, all, { attempts: ATTEMPTS });
    const rest = () => pause(Math.max(0, startedAt + Math.max(INTERVAL_MS, REST * (Date.now() - startedAt)) - Date.now()));
    free = listed.then(rest, rest);
    return listed;
  }

  return {
    next: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      waiting ??= begin();
      return orLeft(waiting, signal);
    },
  };
}
