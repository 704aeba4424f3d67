/** What came, for tests to look at. */
export interface Seen {
  /** Without bodies; secrets stand in them as they came. */
  requests: { method: string; url: string; headers: Record<string, string> }[];
  /** Events of sockets, with their payloads. */
  events: { event: string; payload: unknown }[];
  /** What moved the mouse and the keys, and by which way it came. */
  inputs: { by: "channel" | "socket"; kind: string; [more: string]: unknown }[];
}

/** A long test mustn't fill the memory. */
const KEPT = 5000;

export const newSeen = (): Seen => ({ requests: [], events: [], inputs: [] });

export function note<Kind extends keyof Seen>(seen: Seen, kind: Kind, what: Seen[Kind][number]): void {
  const list = seen[kind] as unknown[];
  list.push(what);
  if (list.length > KEPT) list.shift();
}
