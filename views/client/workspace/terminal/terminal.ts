import { FitAddon } from "@xterm/addon-fit";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { type ITerminalOptions, Terminal } from "@xterm/xterm";
import { TERMINAL_SIZE, UNACKED_LIMIT } from "../../../../agent/contract/terminal.ts";
import { pasteable, type TerminalClipboard, terminalClipboard } from "./clipboard.ts";
import { type Keyboard, type KeyName, keySequence, withCtrl } from "./keys.ts";
import { type LineOptions, TerminalLine, type TerminalState } from "./line.ts";
import { fontOf, themeOf } from "./look.ts";
import { type PaneNotice, paneNotice } from "./notice.ts";
import { isPassing } from "./replies.ts";
import { HistorySearch } from "./search.ts";
import { swipeScrolls } from "./swipe.ts";

export interface TerminalOptions extends Omit<LineOptions, "size" | "onOutput" | "onDropped"> {
  /** Positioned; the terminal fills it and follows its size. */
  host: HTMLElement;
  look?: TerminalLook;
  /** Ctrl + and −, Ctrl 0: the text's size is to change by so many pixels, or back to the usual one. */
  onTextSize?(step: number | "usual"): void;
  historyUrl: string;
  /** A link was pressed; true when the page opened it in its own way. */
  onLink?(url: string): boolean;
}

/** What a learner chooses for all her terminals. */
export interface TerminalLook {
  /** In pixels. */
  textSize: number;
  /** Every row is text that a screen reader reads, and what is printed is said. */
  screenReader: boolean;
}

/** Without a choice of hers, in pixels. */
export const usualTextSize = (): number => (innerWidth < NARROW_PX ? 12 : 13);

export interface TerminalPane extends Keyboard {
  setLook(look: TerminalLook): void;
  focus(): void;
  /** Follows the host's size; it does so by itself when the size changes. */
  fit(): void;
  /** Opens the search over the whole history, or puts the cursor into it. */
  search(): void;
  paste(text: string): void;
  retryNow(): void;
  /** What the screen shows, line by line. */
  text(): string;
  dispose(): void;
}

export function openTerminal(options: TerminalOptions): TerminalPane {
  return new Pane(options);
}

/** CAN and RIS: ends a sequence that the cut left half, and forgets modes and screen; tmux paints all of it anew. */
const RESET = "\x18\x1bc";
/** As extended keys have it: 13 is Enter, 2 is Shift. The seat's tmux knows what its programs make of it. */
const SHIFT_ENTER = "\x1b[13;2u";

const ENDED_SHELL = "\r\n\x1b[2mThe shell ended. Press Enter for a new one.\x1b[0m";
const NARROW_PX = 480;
const TEXT_STEPS: Record<string, number | "usual"> = { "+": 1, "=": 1, "-": -1, "0": "usual" };

class Pane implements TerminalPane {
  readonly #options: TerminalOptions;
  #chosen: TerminalLook;
  readonly #terminal: Terminal;
  readonly #line: TerminalLine;
  readonly #fit = new FitAddon();
  readonly #encoder = new TextEncoder();
  readonly #notice: PaneNotice;
  readonly #clipboard: TerminalClipboard;
  readonly #sizes: ResizeObserver;
  readonly #away = new AbortController();
  #search: HistorySearch | undefined;
  #answers = false;
  #ctrl: (() => void) | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#chosen = options.look ?? { textSize: usualTextSize(), screenReader: false };
    this.#terminal = new Terminal(this.#look());
    this.#notice = paneNotice(options.host);
    this.#clipboard = terminalClipboard(this.#terminal, { needsClick: (retry) => this.#offerCopy(retry) });
    this.#show();
    this.#listen();
    this.#sizes = new ResizeObserver(() => this.fit());
    this.#sizes.observe(options.host);
    this.#line = this.#open();
  }

  focus(): void {
    if (this.#search) this.#search.focus();
    else this.#terminal.focus();
  }

  setLook(look: TerminalLook): void {
    this.#chosen = look;
    this.#terminal.options.fontSize = look.textSize;
    this.#terminal.options.screenReaderMode = look.screenReader;
    this.fit();
  }

  fit(): void {
    const size = this.#fit.proposeDimensions();
    // Behind another tab of a phone there is no size to follow.
    if (!size || this.#options.host.clientWidth === 0 || this.#options.host.clientHeight === 0) return;
    const cols = Math.min(size.cols, TERMINAL_SIZE.maxCols);
    const rows = Math.min(size.rows, TERMINAL_SIZE.maxRows);
    if (cols !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(cols, rows);
  }

  search(): void {
    this.#search?.focus();
    this.#search ??= new HistorySearch({
      host: this.#options.host,
      historyUrl: this.#options.historyUrl,
      look: this.#look(),
      closed: () => {
        this.#search = undefined;
        this.#terminal.focus();
      },
    });
  }

  paste(text: string): void {
    this.#terminal.paste(pasteable(text));
  }

  typeKey(name: KeyName): void {
    this.#terminal.input(keySequence(name, this.#terminal.modes.applicationCursorKeysMode));
  }

  holdCtrl(held: boolean, onRelease: () => void): void {
    this.#ctrl = held ? onRelease : undefined;
    this.#terminal.focus();
  }

  async pasteFromClipboard(): Promise<void> {
    const text = await navigator.clipboard?.readText().catch(() => undefined);
    if (text !== undefined) this.paste(text);
    else
      this.#notice.say(
        "This browser doesn’t let a page read the clipboard.",
        "Hold the terminal until its menu comes, and choose Paste there.",
      );
    this.#terminal.focus();
  }

  retryNow(): void {
    this.#line.retryNow();
  }

  text(): string {
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: this.#terminal.rows }, (_, row) =>
      active.getLine(active.viewportY + row)?.translateToString(true),
    );
    return rows.join("\n").trimEnd();
  }

  dispose(): void {
    this.#away.abort();
    this.#sizes.disconnect();
    this.#line.close();
    this.#search?.close();
    this.#clipboard.dispose();
    this.#terminal.dispose();
    this.#notice.withdraw();
  }

  #look(): ITerminalOptions {
    const { host } = this.#options;
    return {
      theme: themeOf(host),
      fontFamily: fontOf(host),
      fontSize: this.#chosen.textSize,
      screenReaderMode: this.#chosen.screenReader,
      lineHeight: 1.2,
      cursorBlink: false,
      // tmux keeps the history; here it would be a second one that disagrees.
      scrollback: 0,
      allowProposedApi: true,
      // Programs choose colours for grounds they don't know.
      minimumContrastRatio: 4.5,
      macOptionClickForcesSelection: true,
      linkHandler: { activate: (_event, url) => this.#follow(url) },
    };
  }

  #show(): void {
    const links = new WebLinksAddon((_event, url) => this.#follow(url));
    for (const addon of [this.#fit, new Unicode11Addon(), links]) this.#terminal.loadAddon(addon);
    this.#terminal.unicode.activeVersion = "11";
    this.#terminal.open(this.#options.host);
    this.#paintFast();
    this.fit();
  }

  /** Drawing by the graphics card where there is one; xterm's own way, slower, where not or when it is taken away. */
  #paintFast(): void {
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch {
      // No WebGL 2 here.
    }
  }

  #listen(): void {
    const { host } = this.#options;
    const { signal } = this.#away;
    this.#terminal.onData((data) => this.#typed(data));
    this.#terminal.onBinary((data) =>
      this.#send(
        Uint8Array.from(data, (character) => character.charCodeAt(0)),
        true,
      ),
    );
    this.#terminal.onResize(({ cols, rows }) => this.#line?.resize({ cols, rows }));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    host.addEventListener("paste", (event) => this.#pasted(event), { capture: true, signal });
    // The right button opens the browser's menu with its Paste; tmux would open its own above it.
    host.addEventListener("mousedown", (event) => event.button === 2 && event.stopPropagation(), { capture: true, signal });
    swipeScrolls(host, signal);
  }

  #open(): TerminalLine {
    const { url, client, gate, onViewers, onRefused, onHeldBack } = this.#options;
    return new TerminalLine({
      url,
      ...(client ? { client } : {}),
      ...(gate ? { gate } : {}),
      onDropped: (typed) => this.#dropped(typed),
      onTerminals: () => this.#options.onTerminals?.(),
      onDriven: () => this.#options.onDriven?.(),
      size: { cols: this.#terminal.cols, rows: this.#terminal.rows },
      onOutput: (bytes, fresh) => this.#output(bytes, fresh),
      onState: (state) => this.#state(state),
      onViewers,
      ...(onRefused ? { onRefused } : {}),
      ...(onHeldBack ? { onHeldBack } : {}),
    });
  }

  #output(bytes: Uint8Array, fresh: boolean): void {
    // Only what is asked from here on is answered: questions of the last connection may still be waiting in xterm's own queue.
    if (fresh) this.#terminal.write(RESET, () => (this.#answers = true));
    this.#terminal.write(bytes);
  }

  #state(state: TerminalState): void {
    if (state !== "connected") this.#answers = false;
    if (state === "exited") this.#terminal.write(RESET + ENDED_SHELL);
    this.#options.onState(state);
  }

  #dropped(typed: Uint8Array): void {
    const characters = [...new TextDecoder().decode(typed)].length;
    const them = characters === 1 ? "1 character was" : `${characters} characters were`;
    this.#notice.say("What you typed meanwhile wasn’t run.", `This is a new shell; ${them} dropped.`);
  }

  #typed(data: string): void {
    if (this.#line.exited) {
      if (data === "\r") this.#line.again();
      return;
    }
    if (isPassing(data)) {
      if (this.#answers) this.#send(this.#encoder.encode(data), true);
      return;
    }
    this.#send(this.#encoder.encode(this.#ctrl ? this.#control(data) : data), false);
  }

  #control(data: string): string {
    this.#ctrl?.();
    this.#ctrl = undefined;
    return withCtrl(data);
  }

  #send(bytes: Uint8Array, passing: boolean): void {
    if (this.#line.type(bytes, passing) || passing) return;
    const most = `${UNACKED_LIMIT / 1024 / 1024} MB`;
    if (bytes.length > UNACKED_LIMIT / 2)
      this.#notice.say(
        `This is more than the terminal takes at once (${most}).`,
        "Nothing of it was typed. Save it as a file instead.",
      );
    else this.#notice.say(`${most} of typing waits for the connection.`, "What you type now is not kept.");
  }

  #pasted(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData("text/plain");
    if (text === undefined || this.#search) return;
    event.preventDefault();
    event.stopPropagation();
    this.paste(text);
  }

  /** False: not for the shell. */
  #key(event: KeyboardEvent): boolean {
    if (event.key === "F6") return false;
    if (this.#resized(event) || this.#newLine(event)) return false;
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    const key = event.key.toLowerCase();
    if (key === "v") return false;
    if (key !== "f" && key !== "c") return true;
    event.preventDefault();
    if (event.type === "keydown") void (key === "f" ? this.search() : this.#clipboard.copy());
    return false;
  }

  /** xterm would send it as Enter. */
  #newLine(event: KeyboardEvent): boolean {
    if (event.key !== "Enter" || !event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (this.#line.exited || event.isComposing) return false;
    event.preventDefault();
    if (event.type === "keydown") this.#terminal.input(SHIFT_ENTER);
    return true;
  }

  /** The browser's own zoom would change the whole page; its menu still does. */
  #resized(event: KeyboardEvent): boolean {
    const { onTextSize } = this.#options;
    const step = TEXT_STEPS[event.key];
    if (!onTextSize || step === undefined || !event.ctrlKey || event.altKey || event.metaKey) return false;
    event.preventDefault();
    if (event.type === "keydown") onTextSize(step);
    return true;
  }

  #offerCopy(retry: (near: Element) => Promise<boolean>): void {
    this.#notice.say("The browser copies only when you say so.", "", {
      label: "Copy",
      act: (button) => void retry(button).then((done) => done && this.#notice.withdraw()),
    });
  }

  #follow(url: string): void {
    if (this.#options.onLink?.(url)) return;
    window.open(url, "_blank", "noopener,noreferrer");
  }
}
