/** The seat's tmux with a mouse, as the page's terminal sends it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Pty } from "../../../agent/seats/seat.ts";
import { type TmuxSeat, tmuxSeat } from "../../support/tmux-seat.ts";
import { until } from "../../support/until.ts";

const WHEEL_UP = "\x1b[<64;5;5M";
const WHEEL_DOWN = "\x1b[<65;5;5M";
const CLICK = "\x1b[<0;5;5M\x1b[<0;5;5m";

let seat: TmuxSeat;
let pty: Pty;

beforeEach(async () => {
  seat = tmuxSeat();
  pty = await seat.attach({ cols: 80, rows: 12 });
  pty.onData(() => {});
  await until("a prompt", () => seat.screen().startsWith("$"));
});
afterEach(() => {
  pty.close();
  seat.end();
});

const send = (text: string) => pty.write(Buffer.from(text));
const scrolledBy = () => Number(seat.tmux("display", "-p", "-t", "main", "#{?pane_in_mode,#{scroll_position},-1}"));

test("who scrolls back and then types means the shell: no letter is taken for a command", async () => {
  send("seq 100\r");
  await until("the numbers", () => /^100$/m.test(seat.screen()));
  send(WHEEL_UP);
  await until("the first notch to scroll", () => scrolledBy() === 5);
  send(WHEEL_UP + CLICK);
  await until("a click to leave it scrolled", () => scrolledBy() === 10);
  send("echo 'new /gr n?' 日本\r");
  await until("the whole line", () => /^new \/gr n\? 日本$/m.test(seat.screen()));
  expect(scrolledBy()).toBe(-1);
});

test("a paste while scrolled back arrives whole", async () => {
  send("seq 100\r");
  await until("the numbers", () => /^100$/m.test(seat.screen()));
  send(WHEEL_UP);
  await until("scrolled", () => scrolledBy() === 5);
  send("\x1b[200~echo pasted whole\x1b[201~\r");
  await until("the paste", () => /^pasted whole$/m.test(seat.screen()));
});

test("the wheel turns the pages of a pager", async () => {
  send("seq 300 | less\r");
  await until("the pager", () => seat.screen().startsWith("1\n"));
  send(WHEEL_DOWN.repeat(2));
  await until("six lines down", () => seat.screen().startsWith("7\n"));
  send(WHEEL_UP);
  await until("three up", () => seat.screen().startsWith("4\n"));
});
