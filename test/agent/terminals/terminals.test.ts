import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CLOSE } from "../../../agent/contract/close.ts";
import { VIEWERS_PER_SEAT } from "../../../agent/terminals/terminals.ts";
import { newClient, TerminalClient } from "../../support/terminal-client.ts";
import { type TerminalServer, terminalServer } from "../../support/terminal-server.ts";
import { type TmuxSeat, tmuxSeat } from "../../support/tmux-seat.ts";
import { until } from "../../support/until.ts";

let seat: TmuxSeat;
let server: TerminalServer;

beforeAll(() => {
  seat = tmuxSeat();
  server = terminalServer(seat);
});
afterAll(async () => {
  await server.end();
  seat.end();
});

const closes = (page: TerminalClient) => until("the socket to close", () => page.closed);
/** tmux tells a shell its new size a moment later. */
const untilSize = (size: string) => `until [ "$(stty size)" = "${size}" ]; do sleep 0.05; done`;
const leaves = async (page: TerminalClient) => {
  page.close();
  await closes(page);
  await until("nobody to look", () => server.terminals.viewers(1) === 0);
};

describe("plain JSON", () => {
  test("types, sees, resizes", async () => {
    const page = await new TerminalClient(server.ws, { v1: false }).open();
    page.send({ type: "resize", cols: 101, rows: 31 });
    page.send({ type: "input", data: "echo $((6*7)) 日本 🌱\r" });
    await page.shows("42 日本 🌱");
    page.send({ type: "input", data: `${untilSize("31 101")}; echo size-$((1+1))\r` });
    await page.shows("size-2");
    await leaves(page);
  });

  for (const [name, frame] of [
    ["no JSON", "{"],
    ["an unknown type", '{"type":"sudo"}'],
    ["a hello", '{"type":"hello","client":"0123456789abcdef","cols":80,"rows":24}'],
    ["a size of 0", '{"type":"resize","cols":0,"rows":24}'],
    ["a huge size", '{"type":"resize","cols":80,"rows":1e9}'],
    ["binary", new Uint8Array([0, 0, 0, 1, 65])],
  ] as const) {
    test(`${name} ends the socket with a reason`, async () => {
      const page = await new TerminalClient(server.ws, { v1: false }).open();
      page.socket.send(frame);
      expect(await closes(page)).toEqual({
        code: CLOSE.BAD_FRAME,
        reason: "a plain terminal takes input and resize as JSON text",
      });
    });
  }
});

describe("clarateach.v1", () => {
  test("hello, welcome, output as bytes, input taken once and acknowledged", async () => {
    const client = newClient();
    const page = await TerminalClient.hello(server.ws, client, 90, 25);
    expect(page.socket.protocol).toBe("clarateach.v1");
    expect(await page.frame("welcome")).toEqual({ type: "welcome", taken: 0, viewers: 1 });
    // In its size first: while a screen takes another one, tmux draws it anew instead of passing on what is printed.
    page.input(1, `${untilSize("25 90")}; echo A$((1+1))`);
    page.input(2, "B; echo right-$((4*4))\r");
    page.input(2, "B; echo right-$((4*4))\r");
    await page.shows("A2B\r\n");
    await page.shows("right-16");
    await until("an acknowledgement of 2", () => page.last("ack")?.seq === 2);
    expect(page.output.split("A2B\r\n").length).toBe(2);
    await leaves(page);

    const again = await TerminalClient.hello(server.ws, client);
    expect((await again.frame("welcome")).taken).toBe(2);
    await leaves(again);
  });

  test("what was typed last before a cut reaches the shell", async () => {
    const page = await TerminalClient.hello(server.ws);
    page.input(1, "echo last-$((40+2))\r");
    page.close();
    await until("the shell to answer", () => seat.screen().includes("last-42"));
    await closes(page);
  });

  test("numbers survive a restart of the agent", async () => {
    const client = newClient();
    const page = await TerminalClient.hello(server.ws, client);
    for (let seq = 1; seq <= 7; seq++) page.input(seq, " ");
    await until("7 to be taken", () => page.last("ack")?.seq === 7);
    server.restart();
    const again = await TerminalClient.hello(server.ws, client);
    expect((await again.frame("welcome")).taken).toBe(7);
    await leaves(again);
  });

  test("two pages see each other and the same shell", async () => {
    const one = await TerminalClient.hello(server.ws);
    const two = await TerminalClient.hello(server.ws);
    expect((await two.frame("welcome")).viewers).toBe(2);
    await until("the first to hear of the second", () => one.last("viewers")?.count === 2);
    one.input(1, "echo both-$((2*2))\r");
    await two.shows("both-4");
    await leaves2(two);
    await until("the first to be alone again", () => one.last("viewers")?.count === 1);
    await leaves(one);
  });
  const leaves2 = async (page: TerminalClient) => {
    page.close();
    await closes(page);
  };

  test("a page that comes again ends its own dead line", async () => {
    const client = newClient();
    const old = await TerminalClient.hello(server.ws, client);
    const now = await TerminalClient.hello(server.ws, client);
    expect((await closes(old)).code).toBe(1000);
    expect(server.terminals.viewers(1)).toBe(1);
    await leaves(now);
  });

  test("answers ping", async () => {
    const page = await TerminalClient.hello(server.ws);
    page.send({ type: "ping" });
    await page.frame("pong");
    await leaves(page);
  });

  test("a storm of sizes ends at the last one", async () => {
    const page = await TerminalClient.hello(server.ws);
    for (let cols = 40; cols <= 140; cols++) page.send({ type: "resize", cols, rows: 30 });
    await until("tmux to have the last size", () => seat.tmux("list-clients", "-F", "#{client_width}").trim() === "140");
    await leaves(page);
  });

  test("input before hello, without a number, too long, with a gap: 4400", async () => {
    const early = await new TerminalClient(server.ws).open();
    early.input(1, "x");
    expect((await closes(early)).code).toBe(CLOSE.BAD_FRAME);

    const zero = await TerminalClient.hello(server.ws);
    zero.input(0, "x");
    expect((await closes(zero)).code).toBe(CLOSE.BAD_FRAME);

    const long = await TerminalClient.hello(server.ws);
    long.input(1, "x".repeat(16 * 1024 + 1));
    expect((await closes(long)).code).toBe(CLOSE.BAD_FRAME);

    const gap = await TerminalClient.hello(server.ws);
    gap.input(1, " ");
    gap.input(3, " ");
    expect(await closes(gap)).toEqual({ code: CLOSE.BAD_FRAME, reason: "input 3 came after 1" });

    const text = await TerminalClient.hello(server.ws);
    text.send({ type: "input", data: "x" });
    expect((await closes(text)).code).toBe(CLOSE.BAD_FRAME);
  });

  test("one terminal too many is refused", async () => {
    const pages = await Promise.all(Array.from({ length: VIEWERS_PER_SEAT }, () => TerminalClient.hello(server.ws)));
    const more = new TerminalClient(server.ws);
    expect((await closes(more)).code).toBe(CLOSE.TOO_MANY);
    for (const page of pages) page.close();
    await until("nobody to look", () => server.terminals.viewers(1) === 0);
  });
});

test("the shell's end is said; whoever comes again has a new one", async () => {
  const page = await TerminalClient.hello(server.ws);
  page.input(1, "exit\r");
  await page.frame("exit");
  expect(await closes(page)).toEqual({ code: 1000, reason: "the shell ended" });
  const next = await TerminalClient.hello(server.ws);
  next.input(1, "echo new-$((1+1))\r");
  await next.shows("new-2");
  await leaves(next);
});

test("a flood: the page gets what the screen shows, and Ctrl-C stops it", async () => {
  const page = await TerminalClient.hello(server.ws);
  page.input(1, "yes 0123456789012345678901234567890123456789\r");
  await until("a flood", () => page.bytes > 100_000);
  page.input(2, "\x03");
  page.input(3, "echo stopped-$((3*3))\r");
  await page.shows("stopped-9");
  await leaves(page);
});

test("the history has every line, with its colours", async () => {
  const page = await TerminalClient.hello(server.ws);
  page.input(1, "seq -f 'line %.0f of it' 1 6000; printf '\\033[31mred\\033[0m\\n'; echo all-$((5*5))\r");
  await page.shows("all-25");
  const response = await fetch(`${server.url}/history`);
  const text = await response.text();
  expect(text).toContain("line 17 of it");
  expect(text).toContain("line 5999 of it");
  expect(text).toContain("\x1b[31mred");
  expect(response.headers.get("cache-control")).toBe("no-store");
  await leaves(page);
});
