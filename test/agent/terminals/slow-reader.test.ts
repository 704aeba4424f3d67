import { afterEach, beforeEach, expect, test } from "bun:test";
import { newClient, TerminalClient } from "../../support/terminal-client.ts";
import { type TerminalServer, terminalServer } from "../../support/terminal-server.ts";
import { type TmuxSeat, tmuxSeat } from "../../support/tmux-seat.ts";
import { until } from "../../support/until.ts";

/** What may still be handed to a socket after it said that its reader is behind: frames made in that turn. */
const AFTERWARDS = 1024 * 1024;

let seat: TmuxSeat;
let server: TerminalServer;
beforeEach(() => {
  seat = tmuxSeat();
  server = terminalServer(seat);
});
afterEach(async () => {
  await server.end();
  seat.end();
});

test("a page that doesn't read holds up nobody, costs a constant, and sees the right screen afterwards", async () => {
  const reader = await TerminalClient.hello(server.ws, newClient(), 300, 100);
  const sleeper = await TerminalClient.hello(server.ws, newClient(), 300, 100);
  const asleep = server.sockets[1]?.data;
  if (!asleep) throw new Error("no second socket");
  (sleeper.socket as unknown as { pause(): void }).pause();

  // Whole screens with pauses between: of one endless stream tmux itself leaves most out.
  reader.input(
    1,
    "while :; do for c in a b; do printf '\\033[H'; head -c 25000 /dev/zero | tr '\\0' $c; sleep 0.01; done; done\r",
  );
  await until("the sleeper to be behind", () => asleep.behind > 0);
  const [sent, heard] = [asleep.sent, reader.bytes];
  await until("the reader to go on", () => reader.bytes > heard + 300_000);
  expect(asleep.sent - sent).toBeLessThan(AFTERWARDS);
  expect(asleep.behind).toBeLessThan(20);

  reader.input(2, "\x03");
  reader.input(3, "clear; echo awake-$((6*7))\r");
  await reader.shows("awake-42");
  (sleeper.socket as unknown as { resume(): void }).resume();
  await sleeper.shows("awake-42");
  sleeper.input(1, "echo still-$((1+1))\r");
  await sleeper.shows("still-2");
  reader.close();
  sleeper.close();
});

test("a program that doesn't read holds back the page that types, and gets all of it in the end", async () => {
  const page = await TerminalClient.hello(server.ws);
  // Nobody reads this terminal: tmux is stopped, as it is when the machine is busy.
  const pid = await until("tmux to have begun", () => Number(seat.tmux("list-sessions", "-F", "#{pid}")) || undefined);
  page.input(1, "stty raw -echo; head -c 600000 | wc -c; stty sane\r");
  await until("head to read", () => seat.tmux("list-panes", "-F", "#{pane_current_command}").includes("head"));
  const piece = "x".repeat(15_000);
  process.kill(pid, "SIGSTOP");
  try {
    for (let seq = 2; seq < 42; seq++) page.input(seq, piece);
    await until("some to be taken", () => (page.last("ack")?.seq ?? 0) > 2);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await until("all to be taken", () => page.last("ack")?.seq === 41);
  await page.shows("600000");
  page.close();
});
