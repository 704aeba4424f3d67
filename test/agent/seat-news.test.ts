import { afterEach, expect, test } from "bun:test";
import { CLOSE } from "../../agent/contract/close.ts";
import type { PeerHandler } from "../../agent/contract/peer.ts";
import { NEWS_PING, type NewsFrame, type SeatNews } from "../../agent/contract/seat-news.ts";
import { openSeatNews } from "../../agent/seat-news.ts";
import { noPorts } from "../support/no-ports.ts";
import { until } from "../support/until.ts";

const open: PeerHandler[] = [];
afterEach(() => {
  for (const handler of open.splice(0)) handler.close();
});

/** Seats that are told about, and pages that hear. */
function world() {
  const now = new Map<number, SeatNews>();
  const listeners = new Set<() => void>();
  const room = openSeatNews(
    {
      news: (seat) => now.get(seat) ?? { type: "seat", status: "ready", open: true },
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    noPorts,
  );
  return {
    listeners,
    tell(seat: number, progress: number) {
      now.set(seat, { type: "seat", status: "pending", open: false, now: { kind: "refresh", progress } });
      for (const listener of listeners) listener();
    },
    page(seat: number) {
      const page = {
        heard: [] as NewsFrame[],
        closed: 0,
        paused: 0,
        /** What sending answers. */
        takes: 1,
        get progress() {
          return this.heard.map((frame) => (frame.type === "seat" ? (frame.now?.progress ?? 1) : frame.type));
        },
      };
      const handler = room.open(seat, {
        send: (frame) => {
          page.heard.push(JSON.parse(String(frame)));
          return page.takes;
        },
        close: (code) => {
          page.closed = code;
        },
        pause: () => page.paused++,
        resume: () => page.paused--,
      });
      open.push(handler);
      return Object.assign(page, { handler });
    },
  };
}

test("a page hears how its seat is, and then each other way it is; of other seats nothing", async () => {
  const { tell, page } = world();
  const [one, two] = [page(1), page(2)];
  expect(one.heard).toEqual([{ type: "seat", status: "ready", open: true, ports: [] }]);
  tell(1, 0.5);
  await until("the news", () => one.heard.length === 2);
  expect(one.progress).toEqual([1, 0.5]);
  expect(two.heard.length).toBe(1);
});

test("of much in a moment the first and the last are told", async () => {
  const { tell, page } = world();
  const one = page(1);
  for (let step = 1; step <= 100; step++) tell(1, step / 1000);
  await until("the last", () => one.progress.at(-1) === 0.1);
  expect(one.progress).toEqual([1, 0.001, 0.1]);
});

test("a page that doesn't read is told how things are, once it does", async () => {
  const { tell, page } = world();
  const [one, other] = [page(1), page(1)];
  one.takes = -1;
  tell(1, 0.1);
  await until("the first piece", () => one.heard.length === 2);
  tell(1, 0.2);
  tell(1, 0.3);
  await until("the other page to know", () => other.progress.at(-1) === 0.3);
  expect(one.progress).toEqual([1, 0.1]);
  one.takes = 1;
  one.handler.drain();
  expect(one.progress).toEqual([1, 0.1, 0.3]);
});

test("who asks whether anybody is there is answered, and isn't heard for a while; anything else ends the line", async () => {
  const { page } = world();
  const one = page(1);
  for (let i = 0; i < 50; i++) one.handler.message(NEWS_PING);
  expect(one.progress).toEqual([1, "pong"]);
  expect(one.paused).toBe(1);
  await until("to be heard again", () => one.paused === 0);
  one.handler.message(NEWS_PING);
  expect(one.progress).toEqual([1, "pong", "pong"]);
  for (const frame of [
    '{"type":"seat","status":"ready","open":true}',
    new TextEncoder().encode(NEWS_PING),
    "",
    `${NEWS_PING} `,
  ]) {
    const two = page(2);
    two.handler.message(frame);
    expect(two.closed).toBe(CLOSE.BAD_FRAME);
  }
});

test("with the last page gone nothing is looked at any more", () => {
  const { page, listeners } = world();
  const [one, two] = [page(1), page(2)];
  one.handler.close();
  expect(listeners.size).toBe(1);
  two.handler.close();
  expect(listeners.size).toBe(0);
});
