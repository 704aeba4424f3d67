import { act, one } from "../shared/dom.ts";
import { onRetry, setLine } from "./lines.ts";
import { notice, withdraw } from "./notices.ts";
import { isNarrow, onFocus, onShow } from "./panes.ts";
import type { LinkState } from "./reconnect.ts";
import { base } from "./session.ts";
import { terminalKeys } from "./terminal/keys.ts";
import { openTerminal } from "./terminal/terminal.ts";

export interface PromptOptions {
  onState(state: LinkState): void;
  onRefused(attempts: number): void;
  /** A link was pressed; true when it is taken care of. */
  onLink(url: string): boolean;
}

/** The terminal in its pane: its line, its tools, the other tab. Returns what ends it. */
export function startPrompt({ onState, onRefused, onLink }: PromptOptions): () => void {
  setLine("terminal", "connecting");
  let last: LinkState = "connecting";
  const pane = openTerminal({
    host: one("[data-terminal]"),
    url: `${base}terminal`,
    historyUrl: `${base}terminal/history`,
    onState: (state) => {
      if (state === "reconnecting") setLine("terminal", "lost");
      else if (state === "connected" || state === "exited") setLine("terminal", "open");
      if (state === "exited") return;
      last = state;
      onState(state);
    },
    onViewers: sayViewers,
    onRefused,
    onHeldBack: (why) => setLine("terminal", "lost", why),
    onLink,
  });
  terminalKeys(one("[data-keys]"), pane);
  act("terminal-search", () => pane.search());
  onFocus("terminal", () => pane.focus());
  onShow((place) => place === "terminal" && pane.fit());
  onRetry(() => pane.retryNow());
  if (!isNarrow()) pane.focus();
  // A line that is over stays as it is: what the screen showed last can still be read.
  return () => void (last === "ended" || last === "replaced" || pane.dispose());
}

let viewers = 0;

/** Each page that shows this seat says that it isn't the only one; at length when one more comes, in a word as long as they are. */
function sayViewers(count: number): void {
  const more = count > viewers;
  viewers = count;
  const word = one("[data-viewers]");
  word.hidden = count < 2;
  word.textContent = `${count} tabs`;
  if (count < 2) withdraw("tabs");
  else if (more)
    notice({
      id: "tabs",
      icon: "tabs",
      strong: `This seat is open in ${count === 2 ? "another tab" : `${count - 1} other tabs`} too.`,
      rest: "All show the same terminal: what you type in one appears in the others.",
    });
}
