import { act, one } from "../shared/dom.ts";
import { onRetry, setLine } from "./lines.ts";
import { notice, withdraw } from "./notices.ts";
import { isNarrow, onFocus, onShow } from "./panes.ts";
import type { LinkState } from "./reconnect.ts";
import { terminalKeys } from "./terminal/keys.ts";
import type { TerminalState } from "./terminal/line.ts";
import { startTerminalMenu } from "./terminal/terminal-menu.ts";
import { SeatTerminals } from "./terminal/terminals.ts";

export interface PromptOptions {
  onState(state: LinkState): void;
  onRefused(attempts: number): void;
  /** A program of the seat uses its browser. */
  onDriven(): void;
  /** A link was pressed; true when it is taken care of. */
  onLink(url: string): boolean;
}

/** The terminals in their pane: their line, their tools, the other tab. Returns what ends them. */
export function startPrompt({ onState, onDriven, onRefused, onLink }: PromptOptions): () => void {
  setLine("terminal", "connecting");
  const terminals = new SeatTerminals({
    onState: showLine,
    onEnded: (state) => state !== "exited" && onState(state),
    onViewers: sayViewers,
    onDriven,
    onRefused,
    onLink,
  });
  terminalKeys(one("[data-keys]"), terminals.keyboard);
  startTerminalMenu(terminals);
  act("terminal-search", () => terminals.pane?.search());
  act("terminal-new", () => void terminals.add());
  onFocus("terminal", () => terminals.pane?.focus());
  onFocus("terminals", () => terminals.focusTabs());
  onShow((place) => place === "terminal" && terminals.fit());
  onRetry(() => terminals.retryNow());
  if (!isNarrow()) terminals.pane?.focus();
  return () => terminals.dispose();
}

function showLine(state: TerminalState, why?: string): void {
  if (state === "reconnecting") setLine("terminal", "lost", why);
  else if (state === "connecting") setLine("terminal", "connecting");
  else if (state === "connected" || state === "exited") setLine("terminal", "open");
}

let viewers = 0;

/** Each page that shows this seat says that it isn't the only one; at length when one more comes, in a word as long as they are. */
function sayViewers(count: number): void {
  const more = count > viewers;
  viewers = count;
  const word = one("[data-viewers]");
  word.hidden = count < 2;
  word.textContent = `${count} pages`;
  if (count < 2) withdraw("tabs");
  else if (more)
    notice({
      id: "tabs",
      icon: "tabs",
      strong: `This seat is open in ${count === 2 ? "another tab" : `${count - 1} other tabs`} too.`,
      rest: "All show the same terminals: what you type in one page appears in the others.",
    });
}
