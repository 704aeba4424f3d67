import type { SeatTerminal, TerminalList } from "../../../../agent/contract/terminal.ts";
import { type Answer, ask } from "../ask.ts";
import { base } from "../session.ts";

const LIST = `${base}terminals`;

export const listTerminals = (): Promise<Answer<TerminalList>> => ask(LIST);

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
