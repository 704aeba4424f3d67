import { renderToString } from "preact-render-to-string";
import { assetUrl } from "../assets.ts";
import { Symbols, Use } from "../parts/icon.tsx";
import { Name } from "../parts/name.tsx";
import { Editor, Preview } from "./workspace-panes.tsx";
import { RenameTerminal, Terminal, TerminalHelp } from "./workspace-terminal.tsx";

/** The learner's page, the same for every seat; who and where one is comes from `session` when it runs. */
export function renderWorkspace(): string {
  return `<!doctype html>${renderToString(<Workspace />)}`;
}

function Workspace() {
  return (
    <html lang="en">
      <Head />
      <body class="desk" data-pane="terminal">
        <Symbols />
        <a class="skip" href="#terminal" data-skip>
          Skip to the terminal
        </a>
        <Strip />
        <div class="notices" data-notices />
        <main class="bench" data-bench>
          <Terminal />
          <Grip of="columns" label="Width of the terminal" now={47} />
          <div class="right">
            <Editor />
            <Grip of="rows" label="Height of the editor" now={54} />
            <Preview />
          </div>
          <Dock />
        </main>
        <Arrival />
        <Overlay />
        <Confirm />
        <RenameTerminal />
        <TerminalHelp />
        <div class="toasts" id="toasts" role="status" />
        <noscript>
          <p class="noscript">This page needs JavaScript: the terminal and the editor run in it.</p>
        </noscript>
      </body>
    </html>
  );
}

/** The editor is fetched when the first file is opened; its addresses travel on the root element. */
function Head() {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
      <meta name="color-scheme" content="light dark" />
      <title>Workspace – ClaraTeach</title>
      <link rel="icon" type="image/svg+xml" href={assetUrl("icon.svg")} />
      <script src={assetUrl("theme-boot.js")} />
      <link rel="stylesheet" href={assetUrl("tokens.css")} />
      <link rel="stylesheet" href={assetUrl("base.css")} />
      <link rel="stylesheet" href={assetUrl("workspace.css")} />
      <link rel="stylesheet" href={assetUrl("xterm.css")} />
      <script
        type="module"
        src={assetUrl("workspace.js")}
        data-workspace
        data-gone-worker={assetUrl("gone-worker.js")}
        data-editor={assetUrl("monaco.js")}
        data-editor-style={assetUrl("monaco.css")}
        data-editor-worker={assetUrl("editor.worker.js")}
        data-ts-worker={assetUrl("ts.worker.js")}
        data-json-worker={assetUrl("json.worker.js")}
        data-css-worker={assetUrl("css.worker.js")}
        data-html-worker={assetUrl("html.worker.js")}
      />
    </head>
  );
}

function Strip() {
  return (
    <header class="strip">
      <Name />
      <div class="what">
        <span class="seat" data-is="assigned" data-seat />
        <div>
          <h1 data-workshop>Workshop</h1>
          <span class="claude" data-claude="narrow" hidden />
          <span class="under">
            <LinkState />
            <span data-time />
          </span>
        </div>
      </div>
      <span class="rule wide" data-learner-rule hidden />
      <span class="quieter wide learner" data-learner />
      <span class="space" />
      <LinkState plain />
      <span class="rule" data-claude-rule hidden />
      <span class="claude" data-claude hidden />
      <span class="rule" />
      <span class="time" data-time />
      <div class="pocket" title="With this and the workshop code you get back to this seat from anywhere">
        <Use name="key" />
        <span>Reconnect code</span>
        <code data-odehash> </code>
        <button
          type="button"
          class="button quiet square"
          data-copy-odehash
          aria-label="Copy the reconnect code"
          title="Copy the reconnect code"
        >
          <Use name="copy" />
        </button>
      </div>
      <button
        type="button"
        class="button quiet square"
        data-theme-button
        aria-label="Theme: as the system"
        title="Theme: as the system"
      >
        <Use name="theme" large />
      </button>
    </header>
  );
}

function LinkState({ plain }: { plain?: boolean }) {
  return (
    <span
      class={plain ? "state plain" : "state"}
      data-is="provisioning"
      data-link
      {...(plain ? { role: "status" as const } : {})}
    >
      <i class="dot" />
      <span>Connecting</span>
    </span>
  );
}

function Grip({ of, label, now }: { of: "columns" | "rows"; label: string; now: number }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a divider one can move is a focusable separator with a value, which <hr> can't be
    <div
      class={of === "rows" ? "grip rows" : "grip"}
      data-grip={of}
      role="separator"
      aria-orientation={of === "rows" ? "horizontal" : "vertical"}
      aria-label={label}
      aria-valuenow={now}
      aria-valuemin={20}
      aria-valuemax={80}
      tabIndex={0}
    />
  );
}

function Dock() {
  const goes = [
    ["terminal", "terminal", "Terminal"],
    ["files", "folder", "Files"],
    ["editor", "code", "Editor"],
    ["preview", "globe", "Preview"],
  ] as const;
  return (
    <div class="dock" role="tablist" aria-label="Panes">
      {goes.map(([pane, icon, word], i) => (
        <button key={pane} type="button" role="tab" data-goes={pane} aria-selected={i === 0} tabIndex={i === 0 ? 0 : -1}>
          <Use name={icon} large />
          {word}
          <i class="mark" data-mark={pane} hidden />
        </button>
      ))}
    </div>
  );
}

/** Shown once, on arrival, and gone after a minute; the code stays in the strip. */
function Arrival() {
  return (
    <aside class="arrival" aria-labelledby="arrival-title" data-arrival hidden>
      <p>
        <strong id="arrival-title">Your reconnect code.</strong> With it and the workshop code you come back to this seat from any
        computer.
      </p>
      <div class="slip board">
        <code data-odehash />
      </div>
      <p class="quieter small">This browser remembers it. It stays at the top of the page.</p>
      <p class="small unwalled-note" data-unwalled hidden>
        <Use name="info" />
        <span data-unwalled-text />
      </p>
      <div class="buttons">
        <button type="button" class="button primary" data-got-it>
          Got it
        </button>
        <button type="button" class="button" data-copy-odehash>
          <Use name="copy" large />
          <span>Copy</span>
        </button>
      </div>
    </aside>
  );
}

/** The workshop ended, or the seat is someone else's: nothing of the page works any more. */
function Overlay() {
  return (
    <div class="over" role="alertdialog" aria-modal="true" aria-labelledby="over-title" data-over hidden>
      <div class="card" tabIndex={-1}>
        <div class="board">
          <h2 id="over-title" data-over-title>
            Workshop ended
          </h2>
          <p class="quieter" data-over-when />
        </div>
        <div class="pad stack">
          <p data-over-what />
          <p data-over-next />
          <div class="buttons">
            <a class="button primary" data-over-join href="/">
              Go to the join page
            </a>
            <button type="button" class="button" data-over-copy hidden>
              <Use name="copy" large />
              <span>Copy the open file</span>
            </button>
          </div>
        </div>
      </div>
    </div>
  );
}

/** Asked before something is destroyed; focus starts on the safe button. */
function Confirm() {
  return (
    <dialog class="confirm" data-confirm aria-labelledby="confirm-title">
      <form method="dialog">
        <div class="dialog-body">
          <h2 id="confirm-title" data-confirm-title>
            Delete?
          </h2>
          <p data-confirm-text />
        </div>
        <div class="dialog-foot">
          <button type="submit" class="button" value="no" data-confirm-no>
            Keep it
          </button>
          <button type="submit" class="button danger" value="yes" data-confirm-yes>
            Delete
          </button>
        </div>
      </form>
    </dialog>
  );
}
