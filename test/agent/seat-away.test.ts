import { afterAll, beforeAll, expect, test } from "bun:test";
import { CLOSE } from "../../agent/contract/close.ts";
import type { ErrorBody } from "../../agent/contract/errors.ts";
import type { NewsFrame, SeatNews } from "../../agent/contract/seat-news.ts";
import { startTestAgent, type TestAgent } from "../support/agent.ts";
import { apiOf } from "../support/api.ts";
import { newClient, TerminalClient } from "../support/terminal-client.ts";
import { until } from "../support/until.ts";

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(2);
  await agent.ready();
});
afterAll(() => agent?.end());

const address = (path: string) => `${agent.address().url.replace("http", "ws")}/vm/01/${path}`;
const ask = (action: string) => apiOf(agent.directory).post("/v1/workshops", { action, seats: [1] });
const terminal = async (client: string) => TerminalClient.hello(address("terminal"), client, 80, 24, await agent.learner(1));

/** All news of the seat from now on, and the last one. */
async function news() {
  const socket = new WebSocket(address("news"), { headers: await agent.learner(1) } as unknown as string[]);
  const heard: SeatNews[] = [];
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as NewsFrame;
    if (frame.type === "seat") heard.push(frame);
  };
  await until("the first news", () => heard.length > 0);
  return { socket, heard, is: (status: string) => until(status, () => heard.at(-1)?.status === status) };
}

test("a seat that is stopped and started: its page is told, its terminal comes back as another shell", async () => {
  const client = newClient();
  const [first, told] = [await terminal(client), await news()];
  const { life } = await first.frame("welcome");
  expect(told.heard[0]).toMatchObject({ status: "ready", open: true });
  expect((await ask("stop")).status).toBe(202);
  await told.is("stopped");
  expect(told.heard.at(-1)).toMatchObject({ open: false, last: { kind: "stop", outcome: "done", ended: true } });
  expect(await until("the terminal to close", () => first.closed)).toMatchObject({ code: CLOSE.NOT_READY });
  expect(first.last("exit")).toBeUndefined();

  const late = await news();
  expect(late.heard[0]).toEqual(told.heard.at(-1) as SeatNews);
  const files = await fetch(`${agent.address().url}/vm/01/files?path=/workspace`, { headers: await agent.learner(1) });
  expect(((await files.json()) as ErrorBody).error).toMatchObject({
    code: "NOT_RUNNING",
    message: "Seat 01 was stopped by your instructor: its files are kept.",
  });

  expect((await ask("start")).status).toBe(202);
  await Promise.all([told.is("ready"), late.is("ready")]);
  const again = await terminal(client);
  const welcome = await again.frame("welcome");
  expect(welcome.life).toBeString();
  expect(welcome.life).not.toBe(life);
  for (const { socket } of [told, late, again]) socket.close();
});

test("shells of one life are the same ones, also to an agent that was killed", async () => {
  const client = newClient();
  const before = await (await terminal(client)).frame("welcome");
  await agent.kill();
  await agent.start();
  const after = await (await terminal(client)).frame("welcome");
  expect(after.life).toBe(before.life);
});

test("news of a seat are its learner's alone, and end with her", async () => {
  const told = await news();
  const closed = Promise.withResolvers<number>();
  told.socket.onclose = ({ code }) => closed.resolve(code);
  const [one, two] = agent.document.seats;
  if (!one || !two) throw new Error("two seats were wanted");
  await agent.put({ seats: [{ ...one, generation: 2 }, two] });
  expect(await closed.promise).toBe(CLOSE.REPLACED);
});
