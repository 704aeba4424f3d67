import { Use } from "../parts/icon.tsx";
import { Lost, Tool, Wall } from "./workspace-panes.tsx";

/** The seat's terminals; the script fills in tabs and screens. */
export function Terminal() {
  return (
    <section class="pane term" id="terminal" data-panel="terminal" aria-label="Terminal" tabIndex={-1}>
      <header class="cap">
        <h2>
          <Use name="terminal" />
          <span>Terminal</span>
        </h2>
        <div class="tabs" role="tablist" aria-label="Terminals" data-terminals />
        <Tool act="terminal-new" icon="plus" label="New terminal" />
        <span class="space" />
        <button type="button" class="button quiet tiny" data-unwalled data-unwalled-why hidden>
          <Use name="info" />
          Not isolated
        </button>
        <span class="quieter" data-viewers hidden />
        <Tool act="terminal-search" icon="search" label="Search in the terminal (Ctrl Shift F)" />
        <Tool act="terminal-menu" icon="more" label="More about the terminal" />
        <Wall of="terminal" label="Terminal on the whole page" />
      </header>
      <div class="terminals" data-terminal />
      {/* biome-ignore lint/a11y/useSemanticElements: keys are no fields, so this is no fieldset */}
      <div class="keys" role="group" aria-label="Keys that phones lack" data-keys />
      <SeatPanel />
      <Lost of="terminal">Reconnecting. What you type is kept and sent once.</Lost>
    </section>
  );
}

/** Over the terminal while something is done with the seat. Its words are read out, its steps are not. */
function SeatPanel() {
  return (
    <div class="seat-panel" data-seat-panel="">
      <div class="board">
        <div role="status">
          <strong data-seat-title />
          <p data-seat-text />
        </div>
        <div class="seat-work" data-seat-work hidden>
          <progress class="bar" max={1} value={0} aria-label="Progress" data-seat-progress />
          <span class="quieter small" data-seat-step />
        </div>
      </div>
    </div>
  );
}

/** Names a terminal; what it was called before stands in the field. */
export function RenameTerminal() {
  return (
    <dialog class="confirm" data-terminal-rename aria-labelledby="terminal-rename-title">
      <form method="dialog">
        <div class="dialog-body">
          <h2 id="terminal-rename-title">Name of the terminal</h2>
          <input type="text" name="title" aria-label="Name" required maxLength={20} autocomplete="off" spellcheck={false} />
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" data-cancel>
            Cancel
          </button>
          <button type="submit" class="button primary" value="rename">
            Rename
          </button>
        </div>
      </form>
    </dialog>
  );
}

const KEYS = [
  ["F6", "to the next part of the page; Shift F6 back"],
  ["← →", "between tabs, Enter opens one, F2 renames, Delete closes"],
  ["Ctrl Shift C", "copies, Ctrl Shift V pastes; a selection by the mouse is copied by itself"],
  ["Shift mouse", "selects where a program has the mouse"],
  ["Ctrl Shift F", "search in all that was printed"],
  ["Ctrl + −", "larger and smaller text; Ctrl 0 is the usual size"],
  ["Shift Enter", "in Claude: a new line without sending; \\ Enter and Ctrl J do the same"],
  ["Ctrl C", "ends what runs; twice ends Claude"],
] as const;

export function TerminalHelp() {
  return (
    <dialog class="confirm" data-terminal-help aria-labelledby="terminal-help-title">
      <form method="dialog">
        <div class="dialog-body">
          <h2 id="terminal-help-title">Keys of the terminal</h2>
          <dl class="key-list">
            {KEYS.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </div>
        <div class="dialog-foot">
          <button type="submit" class="button primary">
            Close
          </button>
        </div>
      </form>
    </dialog>
  );
}
