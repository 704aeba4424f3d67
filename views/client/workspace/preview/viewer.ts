import type { LinkState } from "../reconnect.ts";

/** One way to see and use the seat's screen, inside the pane's `screen`. Its line comes back by itself until it is stopped. */
export interface Viewer {
  /** Ends it for good: who wants it again makes a new one. */
  stop(): void;
  /** Takes the keyboard. */
  focus(): void;
  /** Tries its line at once. */
  retry(): void;
  /** Fitted into the pane, or pixel by pixel and dragged. */
  fit(fitted: boolean): void;
  /** Gives the seat's browser this text to paste. */
  paste(text: string): void;
  /** A phone's keyboard comes, or goes: whether it is there now. */
  toggleKeyboard(): boolean;
  /** Lets its sound be heard, where it has any. */
  sound?(on: boolean): void;
}

export interface ViewerOptions {
  /** Where it draws. */
  screen: HTMLElement;
  fitted: boolean;
  /** Called before a picture goes with its line. */
  onState(state: LinkState): void;
  /** The agent closed the line, and says why: a sentence for people. */
  onHeldBack(why: string): void;
  /** Copied in the seat's browser. */
  onCopied(text: string): void;
  /** The learner pasted this, of this computer's clipboard, into the seat's browser. */
  onPasted(text: string): void;
}
