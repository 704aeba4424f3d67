import type { ErrorBody } from "../../../agent/contract/errors.ts";

/** What the seat answered; `why` is a sentence for people. Of what was asked while it was away isn't known whether it was done. */
export type Answer<T> = { is: "done"; value: T } | { is: "refused" | "away"; why: string };

const AWAY = "The seat doesn’t answer now. Try again when the page is connected.";

/** Asks the seat, once. */
export async function ask<T>(url: string, how: RequestInit = {}): Promise<Answer<T>> {
  try {
    const answer = await fetch(url, { ...how, cache: "no-store" });
    if (answer.ok) return { is: "done", value: (answer.status === 204 ? undefined : await answer.json()) as T };
    const { error } = (await answer.json()) as Partial<ErrorBody>;
    return { is: "refused", why: error?.message ?? `The seat answered ${answer.status}.` };
  } catch {
    // What is no JSON was said by somebody on the way.
    return { is: "away", why: AWAY };
  }
}
