import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import pino from "pino";
import type { PlacedProblem } from "../../../agent/contract/errors.ts";
import { CALLS } from "../../../gateway/routes/openapi.ts";
import { Definitions } from "../../../gateway/workshops/definitions.ts";
import { Starters } from "../../../gateway/workshops/starters.ts";
import { Store } from "../../../gateway/workshops/store.ts";
import { sweepOnce } from "../../../gateway/workshops/sweep.ts";
import type { Workshops } from "../../../gateway/workshops/workshops.ts";
import { definitionFiles, packTar } from "../../support/definition.ts";
import { seen } from "../../support/described.ts";
import { paperMachine, reportedSeat } from "../../support/paper-machine.ts";
import { evilZip, starterTar, starterZip } from "../../support/starter.ts";
import { until } from "../../support/until.ts";
import { type Desk, KEY, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.end());

const create = (wish: object = {}) => desk.ask("POST", "/api/workshops", { name: "First steps", seats: 2, apiKey: KEY, ...wish });
const anonymous = { headers: { authorization: "none" } };

test("creating answers exactly the seeds' shape and seals the key", async () => {
  const { status, body } = await create();
  expect(status).toBe(201);
  expect(body).toEqual({
    workshopId: expect.stringMatching(/^ws-[a-z0-9]{6}$/),
    code: expect.stringMatching(/^[A-Z]{3,8}-[A-Z0-9]{4}$/),
    status: "created",
  });
  expect(await desk.cloud.secrets.get(`${body.workshopId}-llm-key`)).toBe(KEY);
  const files = await Array.fromAsync(new Bun.Glob("**").scan({ cwd: desk.data, dot: true }));
  for (const file of files) expect(await Bun.file(`${desk.data}/${file}`).text(), file).not.toContain(KEY);
});

test("every field that is wrong is named, with its value, at once", async () => {
  const { status, body } = await create({ name: " ", seats: 240, apiKey: "in two", hours: 0.5, definition: 7 });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  for (const word of ["name", "240", "a space or a line break", "0.5", "definition"]) expect(body.error.message).toContain(word);
});

test("every problem of a definition is told at once, with its line and column, and nothing is made", async () => {
  const before = (await desk.ask("GET", "/api/workshops")).body.workshops.length;
  const definition = "name: Big Class\nbase: debian@12\nsdk: []\nsdks:\n  - name: node\n  - name: node\n";
  const { status, body } = await create({ seats: 240, definition });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  for (const words of ["240 seats are too many", "3 problems, the first in line 1"]) expect(body.error.message).toContain(words);
  expect(body.error.problems).toEqual([
    { path: "workshop.yaml", line: 1, column: 7, message: expect.stringContaining("“Big Class”") },
    { path: "workshop.yaml", line: 3, column: 1, message: expect.stringContaining("“sdk” is not known here") },
    { path: "workshop.yaml", line: 6, column: 11, message: expect.stringContaining("listed twice; first in line 5") },
  ]);
  expect((await desk.ask("GET", "/api/workshops")).body.workshops).toHaveLength(before);
  expect((await create({ definition: "" })).body.error.problems).toHaveLength(1);
});

test("what is kept of a definition is the normalized text; one of 256 KiB arrives, longer ones are told so", async () => {
  const definition = `\u{feff}# ${"\\".repeat(250 * 1024)}\r\nname: a\r\nbase: debian@12\r\nsdks: [{name: node}]\r\n`;
  const { status, body } = await create({ definition });
  expect(status).toBe(201);
  const kept = await desk.gateway.db
    .selectFrom("workshops")
    .select("definition")
    .where("id", "=", body.workshopId)
    .executeTakeFirst();
  const list = "sdks:\n  - name: system\n    source: system\n  - name: node\n    source: catalogue\n    channel: latest/stable\n";
  expect(kept?.definition).toBe(`name: a\nbase: debian@12\nconfinement: container\n${list}`);
  const long = await create({ definition: definition.padEnd(257 * 1024) });
  expect([long.status, long.body.error.problems[0].message]).toEqual([400, expect.stringContaining("262144 are the most")]);
  expect((await create({ definition: "x".repeat(700 * 1024) })).body.error.code).toBe("TOO_LARGE");
});

test("any wish is taken or refused clearly", async () => {
  const wish = fc.record(
    {
      name: fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.constant(null)),
      seats: fc.oneof(fc.integer({ min: -3, max: 14 }), fc.double(), fc.string(), fc.constant(null)),
      apiKey: fc.oneof(fc.string({ minLength: 18, maxLength: 30 }), fc.constant(KEY), fc.constant([])),
      hours: fc.oneof(fc.integer({ min: -1, max: 14 }), fc.constant("4")),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(wish, fc.jsonValue()), async (body) => {
      const { status, body: answer } = await desk.ask("POST", "/api/workshops", JSON.stringify(body));
      expect([201, 400]).toContain(status);
      if (status === 400) expect(answer.error.message.length).toBeGreaterThan(10);
    }),
    { numRuns: 60 },
  );
});

test("one workshop and the list show the same, with endpoint, url and machines", async () => {
  const { id, code } = await runningRecord(desk, { seats: 3, name: "Data by hand" });
  const { status, body } = await desk.ask("GET", `/api/workshops/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ workshopId: id, code, name: "Data by hand", seats: 3, status: "running" },
    ...{ endpoint: "localhost:4000", url: "http://localhost:4000" },
    machines: [{ name: `clarateach-${id}`, endpoint: "localhost:4000", status: "starting" }],
  });
  const { workshops } = (await desk.ask("GET", "/api/workshops")).body;
  expect(workshops.find((each: { workshopId: string }) => each.workshopId === id)).toEqual(body);
});

test("without sign-in or token every instructor call is 401, with another's token too", async () => {
  const { id } = await runningRecord(desk);
  const calls = [
    ...[
      ["GET", ""],
      ["POST", ""],
      ["GET", `/${id}`],
      ["POST", `/${id}/start`],
      ["POST", `/${id}/stop`],
      ["GET", `/${id}/learners`],
    ],
    ...[
      ["POST", `/${id}/seats/1/free`],
      ["PUT", `/${id}/starter`],
      ["GET", `/${id}/archive`],
      ["DELETE", `/${id}/archive`],
    ],
  ] as [string, string][];
  for (const [method, path] of calls) {
    for (const authorization of ["none", "Bearer wrong-token-0123456789", "Basic dGVzdDp0ZXN0"]) {
      const { status, body } = await desk.ask(method, `/api/workshops${path}`, undefined, { headers: { authorization } });
      expect([status, body.error.code], `${method} ${path}`).toEqual([401, "UNAUTHORIZED"]);
    }
  }
  expect((await desk.ask("GET", "/metrics", undefined, anonymous)).status).toBe(401);
});

test("another instructor's workshop is not there", async () => {
  const { id } = await runningRecord(desk, { owner: "somebody-else" });
  for (const [method, path] of [
    ["GET", ""],
    ["POST", "/start"],
    ["POST", "/stop"],
    ["GET", "/learners"],
    ["POST", "/seats/1/free"],
    ["GET", "/archive"],
    ["DELETE", "/archive"],
    ["PUT", "/starter"],
  ] as const) {
    const { status, body } = await desk.ask(method, `/api/workshops/${id}${path}`, method === "PUT" ? "x" : undefined);
    expect([status, body.error.code], `${method} ${path}`).toEqual([404, "NOT_FOUND"]);
  }
  const { workshops } = (await desk.ask("GET", "/api/workshops")).body;
  expect(workshops.some((each: { workshopId: string }) => each.workshopId === id)).toBe(false);
  await desk.gateway.db.updateTable("workshops").set({ owner: "local" }).where("id", "=", id).execute();
});

test("stopping a workshop that never started destroys its key and gives a receipt; once more is fine", async () => {
  const { workshopId: id } = (await create()).body;
  for (let i = 0; i < 2; i++) {
    const { status, body } = await desk.ask("POST", `/api/workshops/${id}/stop`);
    expect([status, body]).toEqual([200, { status: "stopped" }]);
  }
  expect(await desk.cloud.secrets.find(`${id}-llm-key`)).toBeUndefined();
  const { receipt } = (await desk.ask("GET", `/api/workshops/${id}`)).body;
  expect(receipt).toMatchObject({ removed: { machines: 0, secrets: 1 }, learners: 0 });
  const again = await desk.ask("POST", `/api/workshops/${id}/start`);
  expect([again.status, again.body.error.code]).toEqual([409, "STATE_CONFLICT"]);
});

test("a machine that doesn't come up fails the workshop with a reason, undoes it and keeps the key for another start", async () => {
  const { workshopId: id } = (await create()).body;
  const started = await desk.ask("POST", `/api/workshops/${id}/start`);
  expect([started.status, started.body]).toEqual([202, { status: "provisioning" }]);
  const failed = await until("the workshop to fail", async () => {
    const { body } = await desk.ask("GET", `/api/workshops/${id}`);
    return body.status === "failed" && body;
  });
  expect(failed.failure).toContain(`clarateach-${id}`);
  expect(await desk.cloud.machines.find(`clarateach-${id}`)).toBeUndefined();
  expect(await desk.cloud.secrets.find(`${id}-llm-key`)).toBe("sealed");
  expect((await desk.ask("POST", `/api/workshops/${id}/start`)).body).toEqual({ status: "provisioning" });
  expect((await desk.ask("POST", `/api/workshops/${id}/stop`)).body).toEqual({ status: "stopped" });
});

test("starter files: archives by their bytes, before the start, under their digest", async () => {
  const { workshopId: id } = (await create()).body;
  const zip = await starterZip();
  const put = (body: Uint8Array | string, name = "data.zip") =>
    desk.ask("PUT", `/api/workshops/${id}/starter?name=${encodeURIComponent(name)}`, undefined, { body: body as BodyInit });
  const { status, body } = await put(zip);
  const digest = new Bun.CryptoHasher("sha256").update(zip).digest("hex");
  expect([status, body]).toEqual([200, { name: "data.zip", bytes: zip.length, digest, files: 2 }]);
  expect(await Bun.file(`${desk.data}/starters/${digest}`).bytes()).toEqual(new Uint8Array(zip));
  const tar = await starterTar();
  expect((await put(tar, "../../etc/x")).body).toMatchObject({ name: "....etcx.tar", files: 2 });
  expect((await put(gzipSync(tar), "data.tgz")).body).toMatchObject({ name: "data.tgz", files: 2 });
  for (const [body, why] of [
    ["just text", "is no .zip, .tar or .tar.gz"],
    [await evilZip(), "“../evil.txt” in data.zip lies outside of the folder that it is unpacked in"],
    [zip.subarray(0, zip.length - 30), "data.zip can't be read"],
    [gzipSync(tar).subarray(0, 60), "data.zip can't be read"],
  ] as const) {
    const refused = await put(body);
    expect([refused.status, refused.body.error.code]).toEqual([400, "INVALID_INPUT"]);
    expect(refused.body.error.message).toContain(why);
  }
  const running = await runningRecord(desk);
  const late = await desk.ask("PUT", `/api/workshops/${running.id}/starter`, undefined, { body: new Uint8Array(zip) });
  expect([late.status, late.body.error.code]).toEqual([409, "STATE_CONFLICT"]);
});

const formOf = (fields: Record<string, string | File>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ name: "Own", seats: "2", apiKey: KEY, ...fields })) form.append(name, value);
  return desk.ask("POST", "/api/workshops", undefined, { body: form });
};

test("a definition's archive goes along with the form of the same call, is kept by its digest, and deleted with the workshop", async () => {
  const bytes = await packTar(definitionFiles());
  const made = await formOf({ definition: new File([bytes], "class.tar"), smallSeats: "true", hours: "3" });
  expect(made.status).toBe(201);
  const { environment } = (await desk.ask("GET", `/api/workshops/${made.body.workshopId}`)).body;
  const digest = createHash("sha256").update(bytes).digest("hex");
  expect(environment).toEqual({
    ...{ name: "own", base: "debian@12", connections: [], actions: [] },
    sdks: [
      { name: "system", source: "system", summary: expect.any(String) },
      { name: "node", source: "catalogue", summary: expect.any(String) },
      { name: "notes", source: "project", summary: "A small server for notes." },
    ],
    archive: { name: "class.tar", bytes: bytes.length, digest },
  });
  const path = `${desk.data}/definitions/${digest}`;
  expect(Buffer.from(await Bun.file(path).bytes()).equals(bytes)).toBe(true);
  const { db, services } = desk.gateway;
  const tools = {
    ...{ store: new Store(db), cloud: desk.cloud, workshops: services.workshops as Workshops },
    ...{ starters: new Starters(`${desk.data}/starters`), definitions: new Definitions(`${desk.data}/definitions`) },
    log: pino({ level: "silent" }),
  };
  const sweep = () => sweepOnce(tools, new Date(Date.now() + 2 * 3_600_000));
  await sweep();
  expect(existsSync(path)).toBe(true);
  expect((await desk.ask("POST", `/api/workshops/${made.body.workshopId}/stop`)).status).toBe(200);
  await sweep();
  expect(existsSync(path)).toBe(false);
});

test("everything wrong with an archive is told at once, with file, line and column; what isn't a definition is refused", async () => {
  const before = (await desk.ask("GET", "/api/workshops")).body.workshops.length;
  const files = [
    { name: "workshop.yaml", text: "name: own\nbase: debian@12\nsdks:\n  - name: project-notes\n  - name: ndoe\n" },
    { name: "project-notes/sdk.yaml", text: "nme: notes\n" },
    { name: "project-notes/hooks/setup", text: "true\n" },
  ];
  const { status, body } = await formOf({ definition: new File([gzipSync(await packTar(files))], "class.tgz"), seats: "100" });
  expect([status, body.error.problems.map(({ path, line, column }: PlacedProblem) => `${path}:${line}:${column}`)]).toEqual([
    400,
    ["workshop.yaml:5:11", "project-notes/sdk.yaml:1:1", "project-notes/sdk.yaml:1:1", "project-notes/hooks/setup:1:1"],
  ]);
  expect(body.error.message).toContain(
    "100 seats are too many: use 1 to 99. The definition has 4 problems, the first in line 5:",
  );
  for (const [fields, words] of [
    [{ definition: new File(["hello"], "a.docx") }, "in line 1 of a.docx"],
    [{ definition: "rust" }, "no built-in definition “rust”"],
    [{ starter: new File(["x"], "a.zip") }, "“starter” came as a file; only the definition may be one"],
    [{ seats: "x" }, "The number of seats is “x”"],
  ] as const)
    expect((await formOf(fields)).body.error.message).toContain(words);
  expect((await desk.ask("GET", "/api/workshops")).body.workshops).toHaveLength(before);
});

test("unknown ids, seats, archives and routes are 404 in JSON; bodies that are too long 413", async () => {
  const { id } = await runningRecord(desk, { seats: 2 });
  const paths = [
    "/api/workshops/ws-nobody",
    "/api/nope",
    "/api",
    `/api/workshops/${id}/archive`,
    "/.well-known/nope",
    "/api/workshops/%00",
  ];
  for (const path of paths) {
    const { status, body } = await desk.ask("GET", path);
    expect([status, body.error?.code], path).toEqual([404, "NOT_FOUND"]);
  }
  for (const seat of ["3", "0", "x", "99999"])
    expect((await desk.ask("POST", `/api/workshops/${id}/seats/${seat}/free`)).status, seat).toBe(404);
  const { status, body } = await desk.ask("POST", "/api/workshops", `{"name":"${"n".repeat(700_000)}"}`);
  expect([status, body.error.code]).toEqual([413, "TOO_LARGE"]);
});

test("a seat that is freed, a stop that waits, an archive, the roster, a join: as the API describes them", async () => {
  const { id, code } = await runningRecord(desk, { seats: 2 });
  const joined = await desk.ask("POST", "/api/join", { code, name: "Mira" });
  expect([joined.status, joined.body.seat]).toEqual([200, 1]);
  const { learners } = (await desk.ask("GET", `/api/workshops/${id}/learners`)).body;
  expect(learners).toEqual([{ seat: 1, name: "Mira", state: "assigned", since: expect.any(String) }]);
  expect((await desk.ask("POST", `/api/workshops/${id}/seats/1/free`)).status).toBe(204);
  const now = new Date().toISOString();
  const change = (columns: object) => desk.gateway.db.updateTable("workshops").set(columns).where("id", "=", id).execute();
  await change({ archive: JSON.stringify({ bytes: 4, folders: 1, madeAt: now, keptUntil: now }) });
  await Bun.write(`${desk.data}/archives/${id}.zip`, "PK..");
  expect((await desk.ask("GET", `/api/workshops/${id}/archive`)).body).toBe("PK..");
  expect((await desk.ask("DELETE", `/api/workshops/${id}/archive`)).status).toBe(204);
  const { body: gone } = await desk.ask("GET", `/api/workshops/${id}/archive`);
  expect(gone.error.message).toBe("No archive of “First steps” is kept.");
  await change({ state: "stopping", stop_at: now, work: "wanted", work_problem: "The disk is full." });
  const { status, body } = await desk.ask("POST", `/api/workshops/${id}/stop`);
  expect([status, body]).toEqual([202, { status: "stopping" }]);
});

test("what may be used of Claude is shown and changed, and the key replaced", async () => {
  const { id } = await runningRecord(desk, { seats: 2 });
  expect((await desk.ask("GET", `/api/workshops/${id}/llm`)).body).toMatchObject({
    seatUsd: 5,
    seats: [{ seat: 1 }, { seat: 2 }],
  });
  expect((await desk.ask("PATCH", `/api/workshops/${id}/llm`, { paused: true })).body.state).toBe("paused");
  expect((await desk.ask("PUT", `/api/workshops/${id}/key`, { apiKey: `${KEY}-2` })).status).toBe(204);
});

test("when a class begins is changed before its start, when it ends after it", async () => {
  const hour = new Date(Date.now() + 3_600_000).toISOString();
  const { workshopId } = (await create()).body;
  expect((await desk.ask("PATCH", `/api/workshops/${workshopId}`, { startsAt: hour })).body.startsAt).toBe(hour);
  const { id } = await runningRecord(desk);
  expect((await desk.ask("POST", `/api/workshops/${id}/extend`, { endsAt: hour })).body.endsAt).toBe(hour);
});

test("a class's definition is answered, put, and planned with", async () => {
  const { id } = await runningRecord(desk);
  const { definition } = (await desk.ask("GET", `/api/workshops/${id}/definition`)).body;
  expect((await desk.ask("PUT", `/api/workshops/${id}/definition`, { definition: "python" })).body.definition).not.toBe(
    definition,
  );
  expect((await desk.ask("GET", `/api/workshops/${id}/plan`)).body.seats).toHaveLength(10);
});

test("what is done with seats in mid-class, how it goes, and a seat's connections", async () => {
  const { id } = await runningRecord(desk);
  const machine = await paperMachine(desk, id, [reportedSeat(4)]);
  const [at, pair] = [new Date().toISOString(), { plug: "notes:cache", slot: "system:mount" }];
  const change = { id: "7", kind: "stop", summary: "Stop seat 4", status: "doing", startedAt: at, tasks: [] };
  const post = async (path: string, body?: unknown) => (await desk.ask("POST", `/api/workshops/${id}${path}`, body)).status;
  for (const [status, changes] of [
    [202, ["7"]],
    [200, []],
  ] as const) {
    for (const path of ["workshops", "connections"]) machine.answers[`POST /v1/${path}`] = { status, body: { changes } };
    expect(await post("/seats/04/stop")).toBe(status);
    expect(await post("/seats/04/connections", { action: "connect", ...pair })).toBe(status);
  }
  machine.answers["POST /v1/changes/7"] = { status: 200, body: change };
  expect(await post("/changes/1-7", { action: "abort" })).toBe(200);
  const list = { established: [], undesired: [pair], plugs: [], slots: [], warnings: [] };
  machine.answers["GET /v1/connections"] = { status: 200, body: list };
  for (const path of ["changes", "seats/04/connections"])
    expect((await desk.ask("GET", `/api/workshops/${id}/${path}`)).status).toBe(200);
  await machine.stop();
});

test("every call that is served is described, and each of its answers was seen above and held against that", () => {
  const served = desk.gateway.app.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const api = served
    .filter((line) => line.includes(" /api/") && line !== "GET /api/openapi")
    .map((line) => line.replace(/\/$/, ""));
  expect(Object.keys(CALLS).sort()).toEqual(api.sort());
  const described = Object.entries(CALLS).flatMap(([call, { answers }]) =>
    Object.keys(answers).map((status) => `${call} ${status}`),
  );
  expect([...seen].sort()).toEqual(described.sort());
});

test("health, keys and the API's own description are for everybody", async () => {
  expect((await desk.ask("GET", "/healthz", undefined, anonymous)).status).toBe(200);
  const { keys } = (await desk.ask("GET", "/.well-known/jwks.json", undefined, anonymous)).body;
  expect(keys).toEqual([
    { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: expect.any(String), x: expect.any(String) },
  ]);
  const { paths } = (await desk.ask("GET", "/api/openapi", undefined, anonymous)).body;
  expect(Object.keys(paths)).toContain("/api/join");
  expect((await desk.ask("GET", "/metrics")).body).toContain("clarateach_workshops{");
});

test("metrics count workshops by state", async () => {
  expect((await desk.ask("GET", "/metrics")).body).toMatch(/clarateach_workshops\{state="created"\} \d+/);
});
