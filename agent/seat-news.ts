import { CLOSE } from "./contract/close.ts";
import type { Peer, PeerHandler } from "./contract/peer.ts";
import { NEWS_PING, NEWS_PING_MS, type NewsFrame } from "./contract/seat-news.ts";
import type { Ports } from "./ports/ports.ts";
import type { SeatManager } from "./seats/manager.ts";

/** A bar that moves four times a second moves; a download says more than that. */
const EVERY_MS = 250;

interface Page {
  seat: number;
  peer: Peer;
  /** What it was told last. */
  told: string;
  /** It doesn't read: it is told how things are once it does. */
  behind: boolean;
  /** It asked whether anybody is there; until then it isn't heard. */
  answered?: Timer | undefined;
  unfollow(): void;
}

export interface SeatNewsRoom {
  /** `WS /vm/NN/news` */
  open(seat: number, peer: Peer): PeerHandler;
}

/** Tells the pages of each seat how it is: at once, then at most once in `EVERY_MS`. Nobody listening costs nothing. */
export function openSeatNews(
  seats: Pick<SeatManager, "news" | "onChange">,
  ports: Pick<Ports, "offered" | "follow">,
): SeatNewsRoom {
  const pages = new Set<Page>();
  let stop: (() => void) | undefined;
  let resting: Timer | undefined;
  let again = false;

  function look(): void {
    again = true;
    if (resting === undefined) tellAll();
  }

  function tellAll(): void {
    resting = undefined;
    if (!again || pages.size === 0) return;
    again = false;
    const news = new Map<number, string>();
    for (const page of [...pages]) {
      const now = news.get(page.seat) ?? frameOf(page.seat);
      news.set(page.seat, now);
      tell(page, now);
    }
    resting = setTimeout(tellAll, EVERY_MS);
  }

  const frameOf = (seat: number): string =>
    JSON.stringify({ ...seats.news(seat), ports: ports.offered(seat) } satisfies NewsFrame);

  function tell(page: Page, frame: string): void {
    if (page.behind || page.told === frame) return;
    page.told = frame;
    page.behind = page.peer.send(frame) < 0;
  }

  function answer(page: Page): void {
    if (page.answered !== undefined || page.behind) return;
    page.behind = page.peer.send(PONG) < 0;
    page.peer.pause();
    page.answered = setTimeout(() => {
      page.answered = undefined;
      page.peer.resume();
    }, NEWS_PING_MS);
  }

  function leave(page: Page): void {
    clearTimeout(page.answered);
    page.unfollow();
    pages.delete(page);
    if (pages.size > 0) return;
    stop?.();
    stop = undefined;
  }

  return {
    open(seat, peer) {
      const page: Page = { seat, peer, told: "", behind: false, unfollow: ports.follow(seat, look) };
      stop ??= seats.onChange(look);
      pages.add(page);
      tell(page, frameOf(seat));
      return {
        message: (data) => (data === NEWS_PING ? answer(page) : peer.close(CLOSE.BAD_FRAME, `only ${NEWS_PING} is heard here`)),
        drain: () => {
          page.behind = false;
          tell(page, frameOf(seat));
        },
        close: () => leave(page),
      };
    },
  };
}

const PONG = JSON.stringify({ type: "pong" } satisfies NewsFrame);
