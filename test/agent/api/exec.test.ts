import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { type Api, apiOf } from "../../support/api.ts";
import { until } from "../../support/until.ts";

let agent: TestAgent;
let api: Api;
beforeAll(async () => {
  agent = await startTestAgent(1);
  await agent.ready();
  api = apiOf(agent.directory);
});
afterAll(() => agent?.end());

const runs = (mark: string): boolean =>
  readdirSync("/proc").some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(mark);
    } catch {
      return false;
    }
  });

test("a program runs on a terminal in the seat's /workspace, and its code comes last", async () => {
  const exec = await api.exec("01", ["sh", "-c", 'test -t 0 && stty size && echo "$CLARATEACH_SEAT" && exit 7'], {
    cols: 99,
    rows: 33,
  });
  expect(await exec.ended).toEqual({ type: "exit", code: 7 });
  expect(exec.shown()).toBe(`33 99\r\n${agent.document.machine}/01\r\n`);
});

test("what is typed reaches it, also before it has begun; resizing is told it", async () => {
  const exec = await api.exec("01", [
    "sh",
    "-c",
    "read line; echo got $line; trap 'stty size; exit 3' WINCH; echo go; while :; do sleep 0.1; done",
  ]);
  exec.socket.send(Buffer.from("hello\r"));
  await until("the program to wait", () => exec.shown().includes("go"));
  exec.socket.send(JSON.stringify({ type: "resize", cols: 120, rows: 40 }));
  expect(await exec.ended).toEqual({ type: "exit", code: 3 });
  expect(exec.shown()).toContain("got hello");
  expect(exec.shown()).toContain("40 120");
});

test("without a program it is the learner's shell", async () => {
  const exec = await api.exec("01", []);
  exec.socket.send(Buffer.from("shopt -q login_shell && exit 9\r"));
  expect(await exec.ended).toEqual({ type: "exit", code: 9 });
});

test("it is hung up when its viewer goes", async () => {
  const mark = `43210.${Date.now() % 1000}`;
  const exec = await api.exec("01", ["sleep", mark]);
  await until("it to run", () => runs(mark));
  exec.socket.close();
  await until("it to end", () => !runs(mark));
});

test("what can't be run is refused with its reason", async () => {
  const none = await api.exec("01", ["no-such-program"]);
  expect(await none.ended).toMatchObject({ type: "error", error: { code: "UNAVAILABLE" } });
  for (const [seat, argv, why] of [
    ["02", ["ls"], 'seat "02" doesn\'t run'],
    ["x", ["ls"], 'seat "x" doesn\'t run'],
    ["01", [""], "the first arg is the program's name"],
    ["01", ["echo", "x".repeat(9000)], "all args together have at most 8192 characters"],
  ] as const)
    expect((await (await api.exec(seat, argv)).ended) as object).toMatchObject({ reason: expect.stringContaining(why) });
  expect(await (await api.exec("01", ["ls"], { cols: 0, rows: 9 })).ended).toMatchObject({
    reason: "a terminal of 0 × 9 can't be had",
  });
});

test("frames that no client sends end it", async () => {
  const exec = await api.exec("01", ["cat"]);
  exec.socket.send('{"type":"resize","cols":"a"}');
  expect(await exec.ended).toMatchObject({ reason: expect.stringContaining("a text frame is") });
});

test("no more than 32 at once", async () => {
  const all = await Promise.all(Array.from({ length: 32 }, () => api.exec("01", ["cat"])));
  expect(await (await api.exec("01", ["cat"])).ended).toMatchObject({ reason: expect.stringContaining("32 programs run") });
  for (const { socket } of all) socket.close();
  const exec = await until("room for another one", async () => {
    const next = await api.exec("01", ["true"]);
    const ended = await next.ended;
    return "type" in ended ? ended : undefined;
  });
  expect(exec).toEqual({ type: "exit", code: 0 });
});
