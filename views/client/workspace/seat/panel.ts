import type { SeatNews } from "../../../../agent/contract/seat-news.ts";
import { one } from "../../shared/dom.ts";
import { setAway } from "../lines.ts";
import { notice, withdraw } from "../notices.ts";
import type { LinkState } from "../reconnect.ts";
import { seatGate } from "./gate.ts";
import { hearNews } from "./news.ts";
import { doneWords, type SeatWords, seatWords } from "./words.ts";

export interface SeatPanelOptions {
  onState(state: LinkState): void;
  onRefused(attempts: number): void;
  /** Where programs of the seat listen. */
  onPorts(ports: readonly number[]): void;
}

/** Says what is done with the seat, over its terminal, and what was; nothing of the page asks for the seat meanwhile. @returns stops it */
export function startSeatPanel({ onState, onRefused, onPorts }: SeatPanelOptions): () => void {
  const panel = new SeatPanel();
  return hearNews({
    onNews: (news) => {
      panel.take(news);
      onPorts(news.ports ?? []);
    },
    onState: (state) => {
      panel.setLost(state === "reconnecting");
      onState(state);
    },
    onRefused,
  });
}

/** How the strip's mark looks: what goes on turns. */
const MARKS: Record<Exclude<SeatWords["is"], "soon">, string> = {
  working: "provisioning",
  waiting: "assigned",
  stopped: "stopped",
  failed: "failed",
};

class SeatPanel {
  readonly #panel = one("[data-seat-panel]");
  readonly #title = one("[data-seat-title]");
  readonly #text = one("[data-seat-text]");
  readonly #work = one("[data-seat-work]");
  #words: SeatWords | undefined;
  #lost = false;
  /** Of the change that was told last; undefined before the first news, which tells of nothing that this page has seen. */
  #known: string | undefined;

  take(news: SeatNews): void {
    this.#words = seatWords(news);
    this.#show(news);
    this.#sayDone(news);
    seatGate.set(news.open);
  }

  /** Nobody tells any more how the seat is. */
  setLost(lost: boolean): void {
    this.#lost = lost;
    this.#tellLines();
  }

  #show({ now }: SeatNews): void {
    const { is = "", title = "", text = "" } = this.#words ?? {};
    // What is said again is read out again.
    const isNew = this.#title.textContent !== title;
    if (isNew) this.#title.textContent = title;
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#panel.dataset.seatPanel = is;
    this.#work.hidden = !now || !["soon", "working"].includes(is);
    one<HTMLProgressElement>("[data-seat-progress]").value = now?.progress ?? 0;
    one("[data-seat-step]").textContent = now?.step ?? "";
    this.#tellLines();
    if (is !== "soon") withdraw(SOON);
    // Who is at another pane is told as well.
    else if (isNew && this.#panel.getClientRects().length === 0) notice({ id: SOON, icon: "info", strong: title, rest: text });
  }

  #tellLines(): void {
    const words = this.#words;
    if (!words || words.is === "soon") {
      setAway(undefined);
      return;
    }
    const [is, word] = this.#lost ? ["reconnecting", "Reconnecting"] : [MARKS[words.is], words.word];
    setAway({ is, word, pane: words.title });
  }

  #sayDone({ open, now, last }: SeatNews): void {
    const isNews = this.#known !== undefined && last !== undefined && last.id !== this.#known;
    if (now) withdraw(DONE);
    if (open && isNews) whenSeen(() => sayDone(last));
    if (now) this.#known ??= "";
    else if (open || this.#known === undefined) this.#known = last?.id ?? "";
  }
}

const SOON = "seat-soon";
const DONE = "seat-done";

function sayDone(last: NonNullable<SeatNews["last"]>): void {
  const words = doneWords(last);
  if (words) notice({ id: DONE, icon: "info", ...words });
}

/** Waits for somebody who looks at the page; a later one takes its place. */
let unseen: (() => void) | undefined;
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) unseen?.();
});

/** Now, or when somebody looks at the page again: a notice leaves by itself. */
function whenSeen(say: () => void): void {
  unseen = () => {
    unseen = undefined;
    say();
  };
  if (!document.hidden) unseen();
}
