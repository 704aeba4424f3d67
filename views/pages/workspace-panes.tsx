import { Use } from "../parts/icon.tsx";
import { PortsCard, PortsTool } from "./workspace-ports.tsx";

export function Editor() {
  return (
    <section class="pane work" data-panel="work" aria-label="Files and editor" tabIndex={-1}>
      <div class="split">
        <nav class="tree" aria-label="Files" data-files>
          <div class="cap">
            <strong>Files</strong>
            <span class="space" />
            <Tool act="new-file" icon="newfile" label="New file" />
            <Tool act="new-folder" icon="newfolder" label="New folder" />
            <Tool act="upload" icon="upload" label="Upload, or drop files on the list" />
            <Tool act="download-all" icon="download" label="Download all my work as one archive" />
          </div>
          <div class="rows" role="tree" aria-label="Files of your seat" data-tree />
          <p class="hint" data-tree-hint hidden />
          <div class="uploads" data-uploads />
          <input type="file" multiple hidden data-upload-input />
        </nav>
        <div class="edit" data-edit>
          <div class="cap">
            <div class="tabs" role="tablist" aria-label="Open files" data-tabs />
            <span class="space" />
            <span data-saved role="status" hidden />
            <Tool act="file-menu" icon="more" label="More about this file" hidden />
            <Wall of="work" label="Editor on the whole page" />
          </div>
          <div class="banner warn" role="alert" data-conflict hidden>
            <Use name="warn" large />
            <p data-conflict-text />
            <div class="buttons" data-conflict-buttons />
          </div>
          <div class="empty" data-edit-empty>
            <Use name="code" large />
            <p>
              <strong>No file is open.</strong> Choose one from the list, or make a new one.
            </p>
            <button type="button" class="button tiny" data-act="new-file">
              <Use name="newfile" />
              New file
            </button>
          </div>
          <div class="empty" data-edit-note hidden>
            <Use name="file" large />
            <p data-edit-note-text />
            <a class="button tiny" href="#files" data-edit-note-download download>
              <Use name="download" />
              Download
            </a>
          </div>
          <div class="sides" data-sides hidden>
            <span>On disk</span>
            <span>Yours</span>
          </div>
          <div class="source" data-source hidden />
          <div class="source" data-compare hidden />
        </div>
      </div>
      <Lost of="work">Reconnecting. You can go on typing; saving waits.</Lost>
    </section>
  );
}

export function Preview() {
  return (
    <section class="pane view" data-panel="preview" aria-label="Preview" tabIndex={-1}>
      <header class="cap">
        <h2>
          <Use name="globe" />
          <span>Preview</span>
        </h2>
        <span class="how" role="status" data-preview-how hidden />
        <span class="space" />
        <span class="quieter" data-preview-word data-of-picture hidden>
          Shared with Claude
        </span>
        <Tool act="preview-sound" icon="mute" label="Turn the sound on" hidden />
        <Tool act="preview-viewer" icon="screen" label="How the browser is shown" hidden menu />
        <span class="quieter leave-full" role="status" data-preview-leave hidden />
        <Tool act="preview-keyboard" icon="keyboard" label="On-screen keyboard" hidden picture />
        <Tool act="preview-clipboard" icon="clip" label="Clipboard of the browser" hidden picture />
        <Tool act="preview-fit" icon="fit" label="Show pixel by pixel" hidden picture />
        <Tool act="preview-restart" icon="reload" label="Restart the browser" hidden picture />
        <PortsTool />
        <Tool act="preview-full" icon="full" label="Full screen" hidden />
        <Wall of="preview" label="Preview on the whole page" />
      </header>
      <div class="screen" data-screen hidden />
      <div class="clipboard" data-clipboard popover="auto">
        <label for="clipboard-text">
          <strong>Clipboard of the browser.</strong> What is copied there appears here; what you write here can be pasted there.
          Ctrl V in the picture pastes what you copied on your computer.
        </label>
        <p data-clipboard-refused hidden>
          Your own browser doesn’t let this page write to your computer’s clipboard: mark the text here and copy it.
        </p>
        <textarea id="clipboard-text" rows={5} spellcheck={false} data-clipboard-text />
      </div>
      <div class="empty" data-preview-empty>
        <Use name="globe" large />
        <p data-preview-text>
          <strong>Your browser isn’t open yet.</strong> It runs on your seat: <code>localhost</code> in it is your own server, and
          programs in the terminal can drive it.
        </p>
        <code data-preview-fix hidden />
        <button type="button" class="button tiny" data-act="preview-open">
          <Use name="globe" />
          <span>Open the browser</span>
        </button>
      </div>
      <PortsCard />
      <div class="lost" role="status" data-preview-restarting hidden>
        <i class="spin" />
        <span>Restarting your browser. This takes a few seconds.</span>
      </div>
      <Lost of="preview">Reconnecting.</Lost>
    </section>
  );
}

interface ToolOptions {
  act: string;
  icon: Parameters<typeof Use>[0]["name"];
  label: string;
  hidden?: boolean;
  /** It opens one. */
  menu?: boolean;
  /** It is of use while the preview has a picture. */
  picture?: boolean;
}

export function Tool({ act, icon, label, hidden, menu, picture }: ToolOptions) {
  return (
    <button
      type="button"
      class="button quiet square"
      data-act={act}
      data-of-picture={picture}
      aria-label={label}
      aria-haspopup={menu ? "menu" : undefined}
      title={label}
      hidden={hidden}
    >
      <Use name={icon} />
    </button>
  );
}

export function Wall({ of, label }: { of: string; label: string }) {
  return (
    <button
      type="button"
      class="button quiet square"
      data-wide
      data-wall={of}
      aria-label={label}
      title={label}
      aria-pressed={false}
    >
      <Use name="wall" />
    </button>
  );
}

/** Floats over a pane that lost its line; the content stays readable. */
export function Lost({ of, children }: { of: string; children: string }) {
  return (
    <div class="lost" role="status" data-lost={of} hidden>
      <i class="spin" />
      <span data-lost-text>{children}</span>
      <button type="button" class="button tiny" data-retry>
        Try now
      </button>
    </div>
  );
}
