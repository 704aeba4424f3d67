import type { ErrorBody } from "../../../../agent/contract/errors.ts";
import type { SeatTerminal, TerminalList } from "../../../../agent/contract/terminal.ts";
import { base } from "../session.ts";

const LIST = `${base}terminals`;

/** What the seat answered, or why it didn't: a sentence for people. */
export type Answer<T> = { is: "done"; value: T } | { is: "refused"; why: string };

export const listTerminals = (): Promise<Answer<TerminalList>> => ask(LIST, {});

export const addTerminal = (): Promise<Answer<SeatTerminal>> => ask(LIST, { method: "POST" });

export const callTerminal = (name: string, title: string): Promise<Answer<undefined>> =>
  ask(`${LIST}/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
  });

export const endTerminal = (name: string): Promise<Answer<undefined>> => ask(`${LIST}/${name}`, { method: "DELETE" });

/** Addresses of one terminal; `main` has those that every client knows. */
export function addressesOf(name: string): { url: string; historyUrl: string } {
  const query = name === "main" ? "" : `?name=${name}`;
  return { url: `${base}terminal${query}`, historyUrl: `${base}terminal/history${query}` };
}

async function ask<T>(url: string, how: RequestInit): Promise<Answer<T>> {
  try {
    const answer = await fetch(url, { ...how, cache: "no-store" });
    if (answer.ok) return { is: "done", value: (answer.status === 204 ? undefined : await answer.json()) as T };
    const { error } = (await answer.json()) as Partial<ErrorBody>;
    return { is: "refused", why: error?.message ?? `The seat answered ${answer.status}.` };
  } catch {
    return { is: "refused", why: "The seat doesn’t answer now. Try again when the page is connected." };
  }
}
