/** Commands that ask a running agent, as a script and as a person on a terminal has them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import type { Changes, ChangesMade, Workshops } from "../../../agent/contract/api.ts";
import { AGENT_COMMAND, startTestAgent, type TestAgent } from "../../support/agent.ts";
import { apiOf } from "../../support/api.ts";
import { runCommand, runOnTerminal } from "../../support/command.ts";
import { until } from "../../support/until.ts";

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(3);
  await agent.ready();
});
afterAll(() => agent?.end());

const run = (...argv: string[]) => runCommand(argv, { CLARATEACH_MACHINE: agent.directory });
const statuses = async () =>
  ((await apiOf(agent.directory).ask("/v1/workshops")).body as Workshops).workshops.map(({ status }) => status);

describe("what is done with seats", () => {
  test("is waited for, and said when it is done", async () => {
    expect(await run("stop", "2-3")).toEqual({
      code: 0,
      out: expect.stringMatching(/^Stop 2 seats: done in \d+(\.\d)? s \(change \d+\)$/),
      err: "",
    });
    expect(await statuses()).toEqual(["ready", "stopped", "stopped"]);
    expect((await run("start", "--all")).code).toBe(0);
    expect(await statuses()).toEqual(["ready", "ready", "ready"]);
  });

  test("is made and not waited for where that is asked", async () => {
    const { code, out } = await run("stop", "1", "--no-wait");
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d+$/)]);
    await until("the seat to be stopped", async () => (await statuses())[0] === "stopped");
    const made = JSON.parse((await run("start", "1", "--no-wait", "--json")).out) as ChangesMade;
    expect(made.changes).toEqual([expect.any(String)]);
    await until("the seat to be ready", async () => (await statuses())[0] === "ready");
    expect((await run("tasks", out)).out).toMatch(/^Stop seat 1: done\nTASK +STATUS +SEAT +TOOK +WHAT\n\d+ +done +01 /);
  });

  test("is printed as the API has it, with --json", async () => {
    const { changes } = JSON.parse((await run("stop", "1", "--json")).out) as Changes;
    expect(changes).toEqual([expect.objectContaining({ kind: "stop", status: "done" })]);
    expect(JSON.parse((await run("launch", "2", "--json")).out)).toEqual({ changes: [], message: "No updates." });
    expect((await run("start", "1")).code).toBe(0);
  });

  test("needs seats that are meant: none is guessed, and all are said", async () => {
    expect(await run("remove")).toMatchObject({ code: 2, out: "", err: expect.stringContaining("add --all: it has 01–03.") });
    expect(await run("stop", "1", "--all")).toMatchObject({ code: 2, err: expect.stringContaining("--all stands beside seats") });
    expect(await run("stop", "first")).toMatchObject({ code: 2, err: expect.stringContaining('"first" names no seat') });
    expect(await run("stop", "7")).toMatchObject({ code: 1, err: "This machine has no seat 07 now." });
    expect(await statuses()).toEqual(["ready", "ready", "ready"]);
  });

  test("is launched by number; where no project is, neither nothing nor a name means another machine's", async () => {
    for (const words of [["launch"], ["launch", "notes"], ["launch", "1", "notes"]])
      expect(await runCommand(words, { CLARATEACH_MACHINE: undefined })).toMatchObject({
        ...{ code: 2, out: "" },
        err: expect.stringContaining(`There is no workshop.yaml in "${process.cwd()}" or above it: write one, or name a machine`),
      });
    expect(await run("launch", "1")).toMatchObject({ code: 0, out: "No updates." });
  });

  test("is connected by names of SDKs' plugs and slots: what can be none is said before the agent is asked", async () => {
    for (const words of [
      "connect 1 foo bar",
      "connect 1 node:cache bar",
      "disconnect 1 Foo",
      "remount 1 node:",
      "connect 1 a:b:c",
    ])
      expect(await run(...words.split(" "))).toMatchObject({
        ...{ code: 2, out: "" },
        err: expect.stringMatching(
          /^"(foo|bar|Foo|node:|a:b:c)" names no plug or slot: they are sdk:name, or :name of the system's\. /,
        ),
      });
  });

  test("is refused with the agent's own sentence", async () => {
    for (const words of ["refresh 1", "plan", "restore --all"])
      expect(await run(...words.split(" "))).toMatchObject({ code: 1, err: expect.stringContaining("plain processes") });
    expect(await run("continue", "1")).toMatchObject({ code: 1, err: expect.stringContaining("(change 1) is over") });
    expect(await run("abort", "999999")).toMatchObject({ code: 1, err: expect.stringContaining('no change "999999"') });
    expect(await run("tasks", "none")).toMatchObject({ code: 2, err: expect.stringContaining('"none" is no number') });
  });
});

test("a machine, its changes, SDKs and warnings are shown", async () => {
  expect((await run("info")).out).toMatch(/^workshop +First steps \(ws-\w+\), running\nseats +01–03, plain processes\n/);
  expect((await run("changes")).out).toMatch(/^CHANGE +STATUS +BEGUN +TOOK +WHAT\n1 +done +\d{4}-.* s +Launch 3 seats\n/);
  expect((await run("changes", "--select", "in-progress")).out).toBe("no changes");
  expect((await run("sdks")).out).toMatch(/^SDK +SOURCE +BASE +SUMMARY\nsystem /);
  expect((await run("warnings")).out).toBe("no warnings");
  expect((await run("okay")).out).toBe("no warnings");
  expect((await run("log", "1", "2")).err).toStartWith("This task has no log");
});

test("on a terminal, a line shows how far it is, and is gone at the end", async () => {
  const argv = [...AGENT_COMMAND, "stop", "3", "--machine", agent.directory];
  const screen = runOnTerminal(argv, {}, { cols: 40, rows: 10 });
  expect(await screen.exited).toBe(0);
  await screen.sees("Stop seat 3: done");
  expect(screen.shown()).toMatch(/\r\x1b\[2KStop seat 3 {2}\d+ % .*\r\x1b\[2KStop seat 3: done/s);
  const drawn = screen.shown().split("\r\x1b[2K").slice(1, -1);
  expect(Math.max(...drawn.map((line) => Bun.stringWidth(line)))).toBeLessThan(40);
  const seats = runOnTerminal([...AGENT_COMMAND, "seats", "--machine", agent.directory]);
  expect(await seats.exited).toBe(0);
  expect(seats.shown()).toMatch(/01 +\x1b\[32mready/);
  expect((await run("start", "3")).code).toBe(0);
});

test("on a terminal, what a slip would cost is asked back; a script has meant it", async () => {
  const argv = (...words: string[]) => [...AGENT_COMMAND, ...words, "--machine", agent.directory];
  const slip = runOnTerminal(argv("remove", "2-3"));
  await slip.sees("Remove seats 02–03 with all files in there? [y/N] ");
  slip.type("\r");
  expect(await slip.exited).toBe(1);
  await slip.sees("Nothing was done.");
  expect(await statuses()).toEqual(["ready", "ready", "ready"]);

  const headers = await agent.learner(2);
  const learner = new WebSocket(`${agent.address().url.replace("http", "ws")}/vm/02/terminal`, { headers } as unknown as string);
  await until("the learner to be at her terminal", async () => /^02 .* 1\b/m.test((await run("seats")).out));
  const stop = runOnTerminal(argv("stop", "2"));
  await stop.sees("Somebody is at work in seat 02: programs and shells there end, files in /workspace stay. Stop? [y/N] ");
  stop.type("y\r");
  expect(await stop.exited).toBe(0);
  expect(await statuses()).toEqual(["ready", "stopped", "ready"]);

  learner.close();

  const meant = runOnTerminal(argv("remove", "3", "--yes"));
  expect(await meant.exited).toBe(0);
  expect((await run("remove", "2")).code).toBe(0);
  expect((await run("launch", "2-3")).code).toBe(0);
});

describe("an agent that can't be asked ends with 3", () => {
  test("where no machine is meant", async () => {
    expect(await run("seats", "--machine", "/nowhere")).toMatchObject({
      code: 3,
      err: expect.stringContaining('no agent answers at "/nowhere/agent.socket"'),
    });
  });

  test.skipIf(process.getuid?.() !== 0)("where its socket is another user's (needs root)", async () => {
    chmodSync(agent.directory, 0o711);
    const line = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...AGENT_COMMAND, "seats", "--machine"];
    const child = Bun.spawn([...line, agent.directory], { stderr: "pipe", stdout: "pipe" });
    expect(await new Response(child.stderr).text()).toStartWith(
      `You may not open "${agent.directory}/agent.socket". Ask as root`,
    );
    expect(await child.exited).toBe(3);
  });
});
