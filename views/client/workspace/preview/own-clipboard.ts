import { ClipboardPanel } from "./clipboard-panel.ts";

/** This computer's clipboard, as far as its browser lets a page at it without asking: the panel has what goes neither way. */
export class OwnClipboard {
  readonly #panel: ClipboardPanel;
  /** What both sides have already. */
  #shared = "";
  /** Copied in the seat, and not yet let into this computer's clipboard. */
  #owed: string | undefined;

  /** @param screen who works in it shares the clipboard  @param give hands a text to the seat's browser */
  constructor(
    readonly screen: HTMLElement,
    give: (text: string) => void,
  ) {
    this.#panel = new ClipboardPanel(give);
    const look = () => void this.#look(give);
    screen.addEventListener("focusin", look);
    addEventListener("focus", look);
    // Some browsers let a page write only in answer to a key or a press.
    for (const gesture of ["keyup", "pointerup"])
      screen.addEventListener(gesture, () => this.#settle(() => this.#panel.sayFurther(false)), { capture: true });
  }

  /** Copied in the seat's browser: it comes along where the learner works in that browser now, and not behind her back. */
  copied(text: string): void {
    this.#panel.show(text);
    if (!this.#isHere()) return;
    this.#shared = text;
    this.#owed = text;
    // Without a press of just now some browsers refuse what they let in after one.
    this.#settle(() => {});
  }

  /** The seat has this text now: she pasted it. */
  pasted(text: string): void {
    this.#shared = text;
    this.#owed = undefined;
  }

  #settle(refused: () => void): void {
    const text = this.#owed;
    if (text === undefined) return;
    const written = () => {
      if (this.#owed === text) this.#owed = undefined;
      this.#panel.sayFurther(true);
    };
    // A page without https has none.
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(written, refused);
    else refused();
  }

  /** Only where the learner has allowed it before: nobody is asked for it here. */
  async #look(give: (text: string) => void): Promise<void> {
    if (!this.#isHere() || !(await mayRead())) return;
    const text = await navigator.clipboard.readText().catch(() => "");
    if (text === "" || text === this.#shared || this.#owed !== undefined) return;
    this.#shared = text;
    give(text);
  }

  #isHere(): boolean {
    return document.hasFocus() && this.screen.contains(document.activeElement);
  }
}

async function mayRead(): Promise<boolean> {
  if (!navigator.clipboard?.readText) return false;
  try {
    return (await navigator.permissions.query({ name: "clipboard-read" as PermissionName })).state === "granted";
  } catch {
    // Firefox and Safari know no such permission.
    return false;
  }
}
