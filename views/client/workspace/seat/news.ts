import { NEWS_PING, type NewsFrame, type SeatNews } from "../../../../agent/contract/seat-news.ts";
import { type LinkState, openLink } from "../reconnect.ts";
import { base } from "../session.ts";

export interface NewsOptions {
  onNews(news: SeatNews): void;
  onState(state: LinkState): void;
  onRefused(attempts: number): void;
}

/** Hears how one's own seat is, also while there is nothing else to connect to. @returns stops it */
export function hearNews({ onNews, onState, onRefused }: NewsOptions): () => void {
  const link = openLink({
    url: `${base}news`,
    onMessage: (data) => {
      const frame = typeof data === "string" ? (JSON.parse(data) as NewsFrame) : undefined;
      if (frame?.type === "seat") onNews(frame);
    },
    onState,
    onRefused,
    probe: () => void link.send(NEWS_PING),
  });
  return () => link.close();
}
