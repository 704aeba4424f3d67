import { setLine } from "./lines.ts";
import type { LinkState } from "./reconnect.ts";

/** The terminal's pane. */
export function startTerminal(_options: { onState(state: LinkState): void; onRefused(attempts: number): void }): () => void {
  setLine("terminal", "open");
  return () => {};
}
