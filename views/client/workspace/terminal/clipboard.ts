import type { IDisposable, Terminal } from "@xterm/xterm";
import { copyText } from "../../shared/copy.ts";

/** What a program may put on the clipboard: more than a person selects, less than a page should carry. */
const COPY_LIMIT = 1024 * 1024;

export interface TerminalClipboard extends IDisposable {
  /** The terminal's selection, or else what the session copied last. */
  copy(): Promise<void>;
}

export interface ClipboardWants {
  /** The browser doesn't let the page copy by itself; `retry` works when it is called by a click. */
  needsClick(retry: (near: Element) => Promise<boolean>): void;
}

/**
 * tmux and programs copy by OSC 52; the answer to its question for the clipboard is silence, because any program in the seat could ask.
 */
export function terminalClipboard(terminal: Terminal, wants: ClipboardWants): TerminalClipboard {
  let last = "";
  const put = async (text: string) => {
    last = text;
    if (!(await withFocusKept(() => copyText(text)))) wants.needsClick((near) => withFocusKept(() => copyText(text, near)));
  };
  const osc52 = terminal.parser.registerOscHandler(52, (data) => {
    const text = copied(data);
    if (text) void put(text);
    return true;
  });
  return {
    async copy() {
      const text = terminal.getSelection() || last;
      if (text) await put(text);
    },
    dispose: () => osc52.dispose(),
  };
}

/** `c;aGVsbG8=` → `hello`; undefined for a question, for nothing, and for what isn't base64. */
export function copied(data: string): string | undefined {
  const encoded = data.slice(data.indexOf(";") + 1);
  if (encoded === "" || encoded === "?" || encoded.length > COPY_LIMIT) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** What is pasted is text: control characters in it would be commands to the terminal, or end the brackets around it. */
export function pasteable(text: string): string {
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "");
}

/** The old way of copying selects, and so takes the focus from where one is typing. */
async function withFocusKept<T>(act: () => Promise<T>): Promise<T> {
  const before = document.activeElement;
  const result = await act();
  if (before instanceof HTMLElement && document.activeElement !== before) before.focus({ preventScroll: true });
  return result;
}
