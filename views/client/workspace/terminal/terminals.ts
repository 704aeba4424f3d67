import type { SeatTerminal } from "../../../../agent/contract/terminal.ts";
import { make, one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";
import { recall, remember } from "../remember.ts";
import { seatGate } from "../seat/gate.ts";
import { base } from "../session.ts";
import type { Keyboard } from "./keys.ts";
import { newClientId, type TerminalState } from "./line.ts";
import { LookChoice } from "./look-choice.ts";
import { addressesOf, addTerminal, callTerminal, endTerminal, listTerminals } from "./seat-terminals.ts";
import { panelId, TabRow, tabId } from "./tab-row.ts";
import { openTerminal, type TerminalOptions, type TerminalPane } from "./terminal.ts";

const MAIN: SeatTerminal = { name: "main", title: "main" };

/** The list is asked for again after a refusal: a seat that has just begun takes no more programs for a second. */
const ASK_AGAIN_MS = 2000;

/** Each line of the page hears of a change; they ask once. */
const TOGETHER_MS = 100;

export interface TerminalsOptions extends Pick<TerminalOptions, "onViewers" | "onDriven" | "onRefused" | "onLink"> {
  /** Of the terminal that is shown, and why its line is held back. */
  onState(state: TerminalState, why?: string): void;
  /** Of every terminal. */
  onEnded(state: TerminalState): void;
}

interface Shown {
  host: HTMLElement;
  pane: TerminalPane;
  state: TerminalState;
}

/** The seat's terminals as tabs. Which there are is the seat's knowledge; one that was shown keeps its line while the page is open. */
export class SeatTerminals {
  readonly choice = new LookChoice((look) => this.#each(({ pane }) => pane.setLook(look)));
  readonly #options: TerminalsOptions;
  readonly #client = newClientId();
  readonly #shown = new Map<string, Shown>();
  readonly #tabs = new TabRow({
    choose: (name) => this.choose(name),
    close: (name) => this.onClose(name),
    rename: (name) => this.onRename(name),
  });
  #list: readonly SeatTerminal[] = [MAIN];
  #chosen = MAIN.name;
  /** To be shown once the seat says that it is there. */
  #wanted: string | undefined;
  #asking: ReturnType<typeof setTimeout> | undefined;
  /** Counts what was asked and done: an answer to an older question is out of date. */
  #turn = 0;
  #over = false;
  /** Set by who asks the person. */
  onClose: (name: string) => void = () => {};
  onRename: (name: string) => void = () => {};

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.#wanted = recall(LAST, MAIN.name);
    if (this.#wanted === MAIN.name) this.#show(MAIN.name);
    seatGate.onOpen(() => this.#refreshIn(TOGETHER_MS));
    void this.refresh();
  }

  get chosen(): SeatTerminal {
    return this.#list.find(({ name }) => name === this.#chosen) ?? MAIN;
  }

  /** Undefined until the first one is there. */
  get pane(): TerminalPane | undefined {
    return this.#shown.get(this.#chosen)?.pane;
  }

  terminal(name: string): SeatTerminal | undefined {
    return this.#list.find((one) => one.name === name);
  }

  choose(name: string): void {
    this.#wanted = undefined;
    this.#show(name);
    this.pane?.focus();
  }

  focusTabs(): void {
    this.#tabs.focus(this.#chosen);
  }

  /** Asks the seat which terminals it has. */
  async refresh(): Promise<void> {
    clearTimeout(this.#asking);
    if (!seatGate.isOpen) return this.#showAny();
    const turn = ++this.#turn;
    const answer = await listTerminals();
    if (this.#over || turn !== this.#turn) return;
    if (answer.is === "done") return this.#take(answer.value.terminals);
    this.#showAny();
    this.#refreshIn(ASK_AGAIN_MS);
  }

  #showAny(): void {
    if (this.#shown.size === 0) this.#show(MAIN.name);
  }

  #refreshIn(ms: number): void {
    clearTimeout(this.#asking);
    if (!this.#over) this.#asking = setTimeout(() => void this.refresh(), ms);
  }

  async add(): Promise<void> {
    const made = await addTerminal();
    if (made.is !== "done") return toast("No new terminal.", made.why);
    this.#turn++;
    this.#list = [...this.#list.filter(({ name }) => name !== made.value.name), made.value];
    this.choose(made.value.name);
  }

  async rename(name: string, title: string): Promise<void> {
    const done = await callTerminal(name, title);
    if (done.is !== "done") toast("The terminal keeps its name.", done.why);
    await this.refresh();
  }

  async end(name: string): Promise<void> {
    const done = await endTerminal(name);
    if (done.is !== "done") toast("The terminal is still open.", done.why);
    await this.refresh();
    this.pane?.focus();
  }

  fit(): void {
    this.pane?.fit();
  }

  retryNow(): void {
    this.#each(({ pane }) => pane.retryNow());
  }

  /** A line that is over stays as it is: what the screen showed last can still be read. */
  dispose(): void {
    this.#over = true;
    clearTimeout(this.#asking);
    this.#each(({ pane, state }) => state === "ended" || state === "replaced" || pane.dispose());
  }

  /** The keys below the terminal type into the one that is shown. */
  readonly keyboard: Keyboard = {
    typeKey: (key) => this.pane?.typeKey(key),
    holdCtrl: (held, onRelease) => this.pane?.holdCtrl(held, onRelease),
    pasteFromClipboard: async () => this.pane?.pasteFromClipboard(),
  };

  #take(list: readonly SeatTerminal[]): void {
    const had = this.#list.findIndex(({ name }) => name === this.#chosen);
    this.#list = list;
    const gone = [...this.#shown].filter(([name]) => !this.terminal(name));
    // Who types in one that goes, types on in the one beside.
    const typed = gone.some(([, { host }]) => host.contains(document.activeElement));
    for (const [name, shown] of gone) this.#drop(name, shown);
    const beside = list[Math.max(0, Math.min(had, list.length) - 1)];
    const next = this.terminal(this.#wanted ?? this.#chosen) ?? this.terminal(this.#chosen) ?? beside ?? MAIN;
    this.#wanted = undefined;
    this.#show(next.name);
    if (typed) this.pane?.focus();
  }

  #drop(name: string, { host, pane }: Shown): void {
    pane.dispose();
    host.remove();
    this.#shown.delete(name);
  }

  #show(name: string): void {
    const before = this.pane;
    this.#chosen = name;
    const shown = this.#shown.get(name) ?? this.#open(name);
    for (const [other, { host }] of this.#shown) host.hidden = other !== name;
    this.#tabs.draw(this.#list, name);
    remember(LAST, name === MAIN.name ? undefined : name);
    shown.pane.fit();
    if (shown.pane !== before) this.#options.onState(shown.state);
  }

  #open(name: string): Shown {
    const host = make("div", { class: "terminal-host", role: "tabpanel", id: panelId(name), "aria-labelledby": tabId(name) });
    one("[data-terminal]").append(host);
    const shown: Shown = {
      host,
      state: "connecting",
      pane: this.#pane(name, host, (state, why) => this.#state(name, state, why)),
    };
    this.#shown.set(name, shown);
    return shown;
  }

  #pane(name: string, host: HTMLElement, onState: (state: TerminalState, why?: string) => void): TerminalPane {
    const { onViewers, onDriven, onRefused, onLink } = this.#options;
    return openTerminal({
      ...{ host, client: this.#client, look: this.choice.look, ...addressesOf(name), gate: seatGate, onViewers },
      ...(onDriven ? { onDriven } : {}),
      ...(onRefused ? { onRefused } : {}),
      ...(onLink ? { onLink } : {}),
      onState,
      onTextSize: this.choice.resize,
      onTerminals: () => this.#refreshIn(TOGETHER_MS),
      onHeldBack: (why) => onState("reconnecting", why),
    });
  }

  #state(name: string, state: TerminalState, why?: string): void {
    const shown = this.#shown.get(name);
    // Another device may have made or ended some meanwhile; one whose shell has ended is no terminal any more.
    if (shown && ((state === "connected" && shown.state === "reconnecting") || state === "exited")) this.#refreshIn(TOGETHER_MS);
    if (shown) shown.state = state;
    if (name === this.#chosen) this.#options.onState(state, why);
    this.#options.onEnded(state);
  }

  #each(act: (shown: Shown) => void): void {
    for (const shown of this.#shown.values()) act(shown);
  }
}

/** Which one this browser looked at last, in this seat. */
const LAST = `${base}terminal`;
