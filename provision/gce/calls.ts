import { GoogleProblem, problemOf } from "./problems.ts";

/** One attempt. Google answers in a second; what takes longer is tried anew, which every call here may be. */
export const ATTEMPT_MS = 15_000;
/** Together with their pauses, what a call may take by itself; callers' signals are shorter. */
export const ATTEMPTS = 6;
const PAUSE_MS = { first: 250, most: 8000 };
/** A minute's quota is used up: what others need, too, isn't asked for at once. */
const RATE_PAUSE_MS = { first: 2000, most: 30_000 };

/** What all of the adapter's calls go through. */
export interface Calling {
  signal?: AbortSignal | undefined;
  /** 6 unless said. */
  attempts?: number;
}

/**
 * Does one call with a deadline, again where that can help. The clients' own retries are off: they go on for ten minutes.
 * @param what goes on after “Google Cloud could not ”
 * @param send one attempt; a call that makes something carries a request id or a name, so that two attempts make one thing
 * @throws GoogleProblem; the signal's reason when that ends first
 */
export async function ask<T>(what: string, send: () => Promise<T>, { signal, attempts = ATTEMPTS }: Calling = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await within(send(), what, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const problem = problemOf(error, what);
      if (!problem.isPassing || attempt >= attempts) throw problem;
      await pause(pauseOf(problem, attempt), signal);
    }
  }
}

/** Twice as long each time, and anything between half of it and all: many that failed together don't come back together. */
export function pauseOf(problem: GoogleProblem, attempt: number): number {
  const { first, most } = problem.isRateLimit ? RATE_PAUSE_MS : PAUSE_MS;
  return Math.min(first * 2 ** (attempt - 1), most) * (0.5 + Math.random() / 2);
}

/** The attempt, or the deadline: not every client keeps the one it is given. */
async function within<T>(sent: Promise<T>, what: string, signal: AbortSignal | undefined): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const late = () => reject(new GoogleProblem(what, `no answer within ${ATTEMPT_MS / 1000} s`, 0, ""));
  const left = () => reject(signal?.reason);
  const timer = setTimeout(late, ATTEMPT_MS);
  signal?.addEventListener("abort", left, { once: true });
  try {
    return await Promise.race([sent, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", left);
    // Nobody listens to one that comes later.
    sent.catch(() => {});
  }
}

/** @throws the signal's reason */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const left = () => reject(signal?.reason);
  signal?.addEventListener("abort", left, { once: true });
  await promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", left);
  });
}
