import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { CLOSE } from "../../../agent/contract/close.ts";
import { TERMINALS_PER_SEAT, type TerminalList } from "../../../agent/contract/terminal.ts";
import { terminalHistory } from "../../../agent/terminals/history.ts";
import { newClient, TerminalClient } from "../../support/terminal-client.ts";
import { type TerminalServer, terminalServer } from "../../support/terminal-server.ts";
import { type TmuxSeat, tmuxSeat } from "../../support/tmux-seat.ts";
import { until } from "../../support/until.ts";

let seat: TmuxSeat;
let server: TerminalServer;
const pages: TerminalClient[] = [];

beforeAll(() => {
  seat = tmuxSeat();
  server = terminalServer(seat);
});
afterEach(async () => {
  for (const page of pages.splice(0)) page.close();
  await until("nobody to look", () => server.terminals.viewers(1) === 0);
  for (const { name } of (await list()).terminals) if (name !== "main") await call("DELETE", name);
});
afterAll(async () => {
  await server.end();
  seat.end();
});

async function look(name: string, client = newClient()): Promise<TerminalClient> {
  const page = await TerminalClient.hello(`${server.ws}?name=${name}`, client);
  pages.push(page);
  return page;
}

const call = (method: string, name = "", body?: unknown) =>
  fetch(`${server.url}/terminals${name && `/${name}`}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const list = async () => (await (await call("GET")).json()) as TerminalList;
const names = async () => (await list()).terminals.map(({ name }) => name);

test("two names are two shells of one page, which counts as one; the same numbers count in each", async () => {
  const client = newClient();
  const [main, other] = [await look("main", client), await look("server", client)];
  expect(other.last("welcome")).toMatchObject({ taken: 0, viewers: 1 });
  main.input(1, "here=main; echo $here-$((1+1))\r");
  other.input(1, "here=server; echo $here-$((2+2))\r");
  await Promise.all([main.shows("main-2"), other.shows("server-4")]);
  expect(main.output).not.toContain("server-4");
  const stranger = await look("server");
  await until("both to count two pages", () => [main, other].every((page) => page.last("viewers")?.count === 2));
  stranger.close();
  await until("one page again", () => [main, other].every((page) => page.last("viewers")?.count === 1));
});

test("a page that comes again goes on in each terminal where it was, after an agent's restart too", async () => {
  const client = newClient();
  const before = [await look("main", client), await look("server", client)];
  before[0]?.input(1, "a=$((a+1)); echo a-is-$a\r");
  before[1]?.input(1, "b=$((b+1)); echo b-is-$b\r");
  before[1]?.input(2, "b=$((b+1)); echo b-is-$b\r");
  await Promise.all([before[0]?.shows("a-is-1"), before[1]?.shows("b-is-2")]);
  server.restart();
  expect(await names()).toEqual(["main", "server"]);
  const [main, other] = [await look("main", client), await look("server", client)];
  expect([main.last("welcome")?.taken, other.last("welcome")?.taken]).toEqual([1, 2]);
  main.input(1, "a=$((a+1)); echo a-is-$a\r");
  main.input(2, "echo now-a-$a\r");
  await main.shows("now-a-1");
});

test("who comes again to one terminal ends its own line there, and only there", async () => {
  const client = newClient();
  const main = await look("main", client);
  const [old, now] = [await look("server", client), await look("server", client)];
  await until("the old line to end", () => old.closed);
  now.input(1, "echo alive-$((1+1))\r");
  await now.shows("alive-2");
  expect(main.closed).toBeUndefined();
});

test("made, named, closed: every page hears of it and sees the same", async () => {
  const page = await look("main");
  const heard = () => page.frames.filter(({ type }) => type === "terminals").length;
  expect(await (await call("POST")).json()).toEqual({ name: "shell-2", title: "shell-2" });
  await until("the page to hear of it", () => heard() === 1);
  expect((await call("PUT", "shell-2", { title: "Mein Server" })).status).toBe(204);
  await until("the page to hear of its title", () => heard() === 2);
  const shell = await look("shell-2");
  shell.input(1, "sleep 1000\r");
  // The shell's own beginning is a program too.
  const sleeping = async () => (await list()).terminals.find(({ running }) => running === "sleep");
  expect(await until("it to run", sleeping)).toEqual({ name: "shell-2", title: "Mein Server", running: "sleep" });
  expect((await call("DELETE", "shell-2")).status).toBe(204);
  await shell.frame("exit");
  await until("the page to hear of its end", () => heard() >= 3);
  expect(await names()).toEqual(["main"]);
  expect((await call("DELETE", "shell-2")).status).toBe(204);
  expect((await call("PUT", "shell-2", { title: "x" })).status).toBe(404);
});

test("a shell that ends by itself is heard of by pages that don't show it", async () => {
  const page = await look("main");
  const shell = await look("server");
  const before = page.frames.length;
  shell.input(1, "exit\r");
  await until("the page to hear of it", () => page.frames.slice(before).some(({ type }) => type === "terminals"));
  expect(await names()).toEqual(["main"]);
});

test("eight a seat, however they are asked for and however many ask at once", async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => call("POST")));
  const codes = answers.map(({ status }) => status).sort();
  expect(codes).toEqual([...Array(7).fill(201), ...Array(5).fill(409)]);
  const refused = answers.find(({ status }) => status === 409);
  expect(await refused?.text()).toContain("8 terminals open");
  expect((await list()).terminals.length).toBe(TERMINALS_PER_SEAT);
  const ninth = await new TerminalClient(`${server.ws}?name=ninth`).open();
  ninth.send({ type: "hello", client: newClient(), cols: 80, rows: 24 });
  const closed = await until("the ninth to be refused", () => ninth.closed);
  expect(closed).toMatchObject({ code: CLOSE.NOT_READY });
  expect(closed.reason).toContain("close one that you don't need");
  expect(await names()).not.toContain("ninth");
});

test("names and titles that can't be are refused with what can", async () => {
  for (const name of ["Server", "a.b", "a:b", "%2Fx", "x".repeat(21), "%24%281%29"])
    expect([name, (await call("DELETE", name)).status]).toEqual([name, 400]);
  for (const title of ["", " x", "#(id)", "a\nb", "x|y", "x".repeat(21), 7])
    expect([title, (await call("PUT", "main", { title })).status]).toEqual([title, 400]);
  expect(await (await call("DELETE", "main")).text()).toContain("is the terminal that every seat has");
});

test("what the learner makes of tmux herself is no trouble: strange names aren't listed, strange titles aren't shown", async () => {
  await look("main");
  seat.tmux("new-session", "-d", "-s", "a|b {c}");
  seat.tmux("new-session", "-d", "-s", "hers");
  seat.tmux("set-option", "-t", "=hers:", "@title", "<b>x|y#{pid}");
  expect((await list()).terminals).toEqual([
    { name: "main", title: "main" },
    { name: "hers", title: "hers" },
  ]);
  seat.tmux("kill-session", "-t", "a|b {c}");
});

test("each terminal has its own history", async () => {
  const [main, other] = [await look("main"), await look("server")];
  main.input(1, "echo only-$((1+1))-main\r");
  other.input(1, "echo only-$((1+1))-server\r");
  await Promise.all([main.shows("only-2-main"), other.shows("only-2-server")]);
  const text = await (await fetch(`${server.url}/history?name=server`)).text();
  expect(text).toContain("only-2-server");
  expect(text).not.toContain("only-2-main");
});

test("however many are asked at once, and by however many names, a seat's tmux runs one thing after the other", async () => {
  let [now, most] = [0, 0];
  const counted =
    <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      most = Math.max(most, ++now);
      return call(...given).finally(() => now--);
    };
  const watched = { ...seat, history: counted(seat.history), askTmux: counted(seat.askTmux) };
  await look("main");
  const histories = await Promise.all(["main", "a", "b", "c"].map((name) => terminalHistory(watched, name)));
  expect([histories.map(({ status }) => status), most]).toEqual([[200, 200, 200, 200], 1]);
  const title = (name: string) => new Request(server.url, { method: "PUT", body: JSON.stringify({ title: name }) });
  const names = ["one", "two", "three", "four"];
  await Promise.all(names.map((name) => server.terminals.sessions.handle(title(name), watched, "main")));
  expect(most).toBe(1);
});

test("what the Claude CLI wants of its terminal is set", () => {
  const option = (flag: string, name: string) => seat.tmux("show-options", flag, name).trim();
  expect(option("-gv", "mouse")).toBe("on");
  expect(option("-sv", "focus-events")).toBe("on");
  expect(option("-sv", "set-clipboard")).toBe("on");
  expect(option("-sv", "default-terminal")).toBe("tmux-256color");
  expect(option("-sv", "terminal-features")).toContain("RGB");
});
