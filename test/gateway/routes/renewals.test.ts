/** What is asked of seats in mid-class, over machines that answer what a test wants. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { ChangeView } from "../../../agent/contract/changes.ts";
import { type PaperMachine, paperMachine, problem, reportedSeat } from "../../support/paper-machine.ts";
import { type Desk, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
let id: string;
let machine: PaperMachine;
const machines: PaperMachine[] = [];
beforeEach(async () => {
  desk = await openDesk();
  ({ id } = await runningRecord(desk, { seats: 12 }));
  machine = await add(1, [1, 2, 3, 4]);
});
afterEach(async () => {
  await Promise.all(machines.splice(0).map((one) => one.stop()));
  await desk.end();
});

async function add(idx: number, seats: number[]): Promise<PaperMachine> {
  const made = await paperMachine(
    desk,
    id,
    seats.map((seat) => reportedSeat(seat)),
    idx,
  );
  machines.push(made);
  return made;
}

const post = (path: string, body?: unknown) => desk.ask("POST", `/api/workshops/${id}${path}`, body);
const begun = (...changes: string[]) => ({ status: 202, body: { changes } });
const AT = "2026-03-02T09:30:00.123Z";
const CHANGE: ChangeView = {
  ...{ id: "17", kind: "restore", summary: "Restore seat 4", status: "wait", startedAt: AT },
  tasks: [
    {
      id: "18",
      kind: "docker/stash",
      summary: "Put the container aside",
      status: "done",
      seat: 4,
      log: [],
      startedAt: AT,
      endedAt: AT,
    },
    {
      id: "19",
      kind: "docker/hook",
      summary: "Set up notes",
      status: "wait",
      seat: 4,
      log: ["npm ERR!"],
      wholeLog: true,
      startedAt: AT,
    },
  ],
};

test("one seat is asked of its machine, with the mode that was chosen; the answer names its changes as the workshop's", async () => {
  machine.answers["POST /v1/workshops"] = begun("17");
  const { status, body } = await post("/seats/04/restore", { mode: "wait-on-error" });
  expect([status, body]).toEqual([202, { changes: ["1-17"], left: [], problems: [] }]);
  expect(machine.asked).toEqual(['POST /v1/workshops {"action":"restore","seats":[4],"mode":"wait-on-error"}']);
  machine.answers["POST /v1/workshops"] = { status: 200, body: { changes: [], message: "No updates." } };
  expect(await post("/seats/4/refresh")).toMatchObject({ status: 200, body: { changes: [], left: [], problems: [] } });
});

test("of all seats those are asked that can; the others are named, and hold nobody up", async () => {
  const second = await add(2, [11, 12]);
  machine.report.seats = [
    reportedSeat(1),
    reportedSeat(2, { status: "pending", operations: [] }),
    reportedSeat(3),
    reportedSeat(4),
  ];
  machine.answers["POST /v1/workshops"] = begun("5");
  second.answers["POST /v1/workshops"] = begun("5", "6");
  const { status, body } = await post("/seats/all/refresh");
  expect([status, body]).toEqual([202, { changes: ["1-5", "2-5", "2-6"], left: [2, 5, 6, 7, 8, 9, 10], problems: [] }]);
  expect(machine.asked.at(-1)).toBe('POST /v1/workshops {"action":"refresh","seats":[1,3,4]}');
  expect(second.asked.at(-1)).toBe('POST /v1/workshops {"action":"refresh","seats":[11,12]}');
});

test("a machine that refuses or is silent says so beside what the others do; when all do, that is the answer", async () => {
  const second = await add(2, [11, 12]);
  machine.answers["POST /v1/workshops"] = begun("5");
  const full = "The disk of the machine is 93 % full: nothing new is begun. Free some of it.";
  second.answers["POST /v1/workshops"] = problem(503, { code: "UNAVAILABLE", message: full });
  expect((await post("/seats/all/restore")).body).toMatchObject({ changes: ["1-5"], problems: [full] });
  machine.answers["POST /v1/workshops"] = problem(503, { code: "UNAVAILABLE", message: full });
  expect(await post("/seats/all/restore")).toMatchObject({
    status: 503,
    body: { error: { code: "UNAVAILABLE", message: full } },
  });
  await second.stop();
  const silent = await post("/seats/12/restore");
  expect([silent.status, silent.body.error.message]).toEqual([
    503,
    "The machine of seats 11 and 12 doesn’t answer. See whether it has begun before you ask again.",
  ]);
  for (const seat of machine.report.seats) seat.operations = [];
  expect(await post("/seats/all/start")).toMatchObject({ status: 409, body: { error: { code: "STATE_CONFLICT" } } });
});

test("a seat that is busy is refused with the machine's sentence, and the change by the workshop's number", async () => {
  const message = 'Seat 04 is busy: "Restore seat 4" (change 17) isn\'t over.';
  const details = { change: "17", kind: "restore", seat: 4 };
  machine.answers["POST /v1/workshops"] = problem(409, { code: "STATE_CONFLICT", message, details });
  const { status, body } = await post("/seats/4/stop");
  expect([status, body]).toEqual([409, { error: { code: "STATE_CONFLICT", message, details: { ...details, change: "1-17" } } }]);
});

test("changes are shown with their steps and what failed said last; what waits goes on, or is given up", async () => {
  machine.report.changes = [CHANGE];
  const { body } = await desk.ask("GET", `/api/workshops/${id}/changes`);
  expect(body.changes).toMatchObject([
    {
      ...{ id: "1-17", kind: "restore", summary: "Restore seat 04", is: "waiting", seats: [4] },
      steps: [
        { summary: "Put the container aside", is: "done" },
        {
          ...{ summary: "Set up notes", is: "waiting" },
          log: { lines: ["npm ERR!"], href: `/workshops/${id}/machines/1/tasks/17/19/log` },
        },
      ],
    },
  ]);
  machine.answers["POST /v1/changes/17"] = { status: 200, body: { ...CHANGE, status: "doing" } };
  expect(await post("/changes/1-17", { action: "continue" })).toMatchObject({ status: 200, body: { id: "1-17", is: "doing" } });
  expect(machine.asked).toEqual(['POST /v1/changes/17 {"action":"continue"}']);
  for (const change of ["2-17", "17", "1-0", "1-17-1", "1-%2e%2e", "x"])
    expect((await post(`/changes/${change}`, { action: "abort" })).status, change).toBe(404);
  expect((await post("/changes/1-17", { action: "undo" })).body.error.message).toContain('Send {"action": "continue"}');
  expect(machine.asked).toHaveLength(1);
});

test("connections of a seat are listed, made and ended", async () => {
  const pair = { plug: "notes:cache", slot: "system:mount" };
  const list = { established: [{ ...pair, interface: "mount", auto: true }], undesired: [], plugs: [], slots: [], warnings: [] };
  machine.answers["GET /v1/connections"] = { status: 200, body: list };
  machine.answers["POST /v1/connections"] = begun("9");
  expect((await desk.ask("GET", `/api/workshops/${id}/seats/04/connections`)).body).toEqual(list);
  expect(await post("/seats/04/connections", { action: "disconnect", ...pair })).toMatchObject({ status: 202 });
  expect(machine.asked).toEqual([
    "GET /v1/connections?seat=04",
    `POST /v1/connections?seat=04 ${JSON.stringify({ action: "disconnect", ...pair })}`,
  ]);
  for (const wrong of [{ action: "remount", ...pair }, { action: "connect", plug: "a b:c", slot: ":d" }, {}])
    expect((await post("/seats/04/connections", wrong)).status).toBe(400);
});

test("nothing is asked of a machine for what can't be: another's class, one that doesn't run, a seat or a deed that isn't there", async () => {
  for (const [path, status] of [
    ["/seats/13/stop", 404],
    ["/seats/0/stop", 404],
    ["/seats/4/remove", 404],
    ["/seats/all/explode", 404],
  ] as const)
    expect((await post(path)).status, path).toBe(status);
  expect((await post("/seats/4/stop", { mode: "hope" })).status).toBe(400);
  const change = (columns: object) => desk.gateway.db.updateTable("workshops").set(columns).where("id", "=", id).execute();
  await change({ owner: "somebody-else" });
  for (const path of ["/seats/4/stop", "/seats/all/refresh", "/changes/1-17", "/seats/4/connections"])
    expect((await post(path, { action: "abort", plug: ":a", slot: ":b" })).status, path).not.toBeOneOf([200, 202]);
  expect((await desk.ask("GET", `/api/workshops/${id}/changes`)).status).toBe(404);
  await change({ owner: "local", state: "stopping" });
  expect((await post("/seats/4/stop")).body.error.code).toBe("STATE_CONFLICT");
  for (const [method, path] of [
    ["POST", "/seats/4/stop"],
    ["GET", "/changes"],
    ["POST", "/changes/1-17"],
    ["GET", "/seats/4/connections"],
  ] as const) {
    const stranger = await desk.ask(method, `/api/workshops/${id}${path}`, undefined, { headers: { authorization: "none" } });
    expect(stranger.status, path).toBe(401);
  }
  expect(machine.asked).toEqual([]);
});

test("what a machine sends that the contract hasn't is no answer", async () => {
  machine.answers["POST /v1/workshops"] = begun("../../etc");
  expect((await post("/seats/4/stop")).body.error.code).toBe("UNAVAILABLE");
  machine.answers["POST /v1/changes/17"] = { status: 200, body: { ...CHANGE, tasks: [{ ...CHANGE.tasks[0], log: [7] }] } };
  expect((await post("/changes/1-17", { action: "abort" })).body.error.code).toBe("UNAVAILABLE");
  machine.answers["GET /v1/connections"] = { status: 200, body: { established: {} } };
  expect((await desk.ask("GET", `/api/workshops/${id}/seats/04/connections`)).body.error.code).toBe("UNAVAILABLE");
});
