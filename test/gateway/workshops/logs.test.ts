import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../../agent/contract/errors.ts";
import { openIdentity } from "../../../agent/machine/identity.ts";
import { AgentClient } from "../../../gateway/agents/client.ts";
import { Logs } from "../../../gateway/workshops/logs.ts";
import type { Whole } from "../../../gateway/workshops/record.ts";
import { addressOf, type MachineRow } from "../../../gateway/workshops/resources/machine-row.ts";

const NAME = "clarateach-ws-abc123";
let directory: string;
let server: Bun.Server<undefined>;
let logs: Logs;
let whole: Whole;
let answer: () => Response;
const asked: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "clarateach-logs-"));
  const { key, certificate } = openIdentity(join(directory, "machine"), NAME);
  server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", tls: { key, cert: certificate } },
    fetch: (request) => {
      asked.push(new URL(request.url).pathname);
      return answer();
    },
  });
  logs = new Logs(join(directory, "logs"), new AgentClient(async () => "token"));
  const failed = { id: "31", status: "error", wholeLog: true };
  const tasks = [
    { id: "40", seat: 2, status: "error", wholeLog: true },
    { id: "30", status: "done" },
    failed,
    { id: "32", status: "error" },
  ];
  const detail = { certificate, plane: { host: "127.0.0.1", port: server.port }, report: { changes: [{ id: "7", tasks }] } };
  const row = { kind: "machine", idx: 1, name: NAME, observed: "running", detail };
  whole = { workshop: { id: "ws-abc123" }, rows: [row] } as unknown as Whole;
});
afterAll(async () => {
  await server.stop(true);
  await rm(directory, { recursive: true, force: true });
});

const text = async (address = { machine: 1, change: "7", task: "31" }) =>
  new Response((await logs.read(whole, address)) as BodyInit).text();

test("a log is its machine's, as long as that is there", async () => {
  answer = () => new Response("all of it\n");
  expect(await text()).toBe("all of it\n");
  expect(asked).toEqual(["/v1/changes/7/tasks/31/log"]);
  answer = () => Response.json(new Problem("NOT_FOUND", "This task has no log.").body, { status: 404 });
  await expect(text()).rejects.toThrow("This task has no log.");
});

test("a machine that says more than it may is cut", async () => {
  const megabyte = new Uint8Array(1024 ** 2);
  answer = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(megabyte),
      }),
    );
  expect((await text()).length).toBe(11 * 1024 ** 2);
});

test("what failed is kept before its machine goes: what is shared first, and only what has a log", async () => {
  asked.length = 0;
  answer = () => new Response("kept\n");
  await logs.keep(whole);
  expect(asked).toEqual(["/v1/changes/7/tasks/31/log", "/v1/changes/7/tasks/40/log"]);
  answer = () => new Response("another", { status: 500 });
  expect(await text()).toBe("kept\n");
  await logs.remove("ws-abc123");
  expect(existsSync(join(directory, "logs", "ws-abc123"))).toBe(false);
  await expect(text()).rejects.toThrow();
});

test("a machine that can't be asked holds nothing up, and leaves no half of a log", async () => {
  answer = () => new Response("no", { status: 500 });
  await logs.keep(whole);
  expect(existsSync(join(directory, "logs", "ws-abc123", "1-7-31"))).toBe(false);
  const gone = { ...whole, rows: whole.rows.map((row) => ({ ...row, observed: "absent" as const })) };
  await expect(logs.read(gone, { machine: 1, change: "7", task: "31" })).rejects.toThrow("This log went with its machine.");
  await expect(logs.read(gone, { machine: 2, change: "7", task: "31" })).rejects.toThrow("This log went with its machine.");
});

test("ids that a machine made up name no file of the gateway's and no other address of the machine's", async () => {
  asked.length = 0;
  answer = () => new Response("mine now\n");
  const outside = "/../../../outside";
  const tasks = [outside, "32/../../report", "0", "1234567890", "33"].map((id) => ({ id, status: "error", wholeLog: true }));
  const changes = [
    { id: "7", tasks },
    { id: "../8", tasks: [{ id: "34", status: "error", wholeLog: true }] },
  ];
  const rows = whole.rows.map((row) => ({ ...row, detail: { ...row.detail, report: { changes } } }));
  await logs.keep({ ...whole, rows } as unknown as Whole);
  expect(asked).toEqual(["/v1/changes/7/tasks/33/log"]);
  expect(readdirSync(directory).sort()).toEqual(["logs", "machine"]);
  for (const [change, task] of [
    ["7", outside],
    ["../8", "34"],
    ["7", ""],
  ] as const) {
    await expect(text({ machine: 1, change, task })).rejects.toThrow("There is no such log");
    await expect(
      new AgentClient(async () => "token").taskLog(addressOf(whole.rows[0] as MachineRow), change, task),
    ).rejects.toThrow("has no such task");
  }
  expect(asked).toHaveLength(1);
});
