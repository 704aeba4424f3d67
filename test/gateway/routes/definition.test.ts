import { afterAll, beforeAll, expect, test } from "bun:test";
import { DEFAULT_TEXT, DEFAULT_WRITTEN } from "../../../gateway/workshops/default-definition.ts";
import { documentFor } from "../../../gateway/workshops/document.ts";
import { Store } from "../../../gateway/workshops/store.ts";
import { definitionFiles, packTar, WORKSHOP_YAML } from "../../support/definition.ts";
import { type Desk, KEY, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.end());

const anonymous = { headers: { authorization: "none" } };
const PYTHON = "name: notes\nbase: debian@12\nsdks:\n  - name: python\n";
const at = (id: string) => `/api/workshops/${id}/definition`;
const put = (id: string, body: unknown) => desk.ask("PUT", at(id), body);

async function send(id: string, fields: Record<string, string | Blob>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return desk.ask("PUT", at(id), undefined, { body: form });
}

const archive = async (more: Parameters<typeof definitionFiles>[0] = []) =>
  new File([await packTar(definitionFiles(more))], "class.tar", { type: "application/x-tar" });

/** What its machine would be told. */
async function document(id: string) {
  const whole = await new Store(desk.gateway.db).whole(id);
  if (!whole) throw new Error("gone");
  return documentFor(whole.workshop, whole.seats, { index: 1 }, { url: "", keys: [] });
}

test("a class that runs gets another definition: its machines are told, with what comes of its seats left to them", async () => {
  const { id } = await runningRecord(desk);
  const before = (await desk.ask("GET", at(id))).body;
  expect([before.definition, before.environment.name]).toEqual([DEFAULT_WRITTEN, "claude"]);
  const told = await document(id);
  expect(told.definition).toBeUndefined();
  const { status, body } = await put(id, { definition: PYTHON, from: before.digest });
  expect([status, body.environment.name]).toEqual([200, "notes"]);
  expect(body.digest).not.toBe(before.digest);
  expect((await desk.ask("GET", at(id))).body).toEqual(body);
  expect((await desk.ask("GET", `/api/workshops/${id}`)).body.environment).toEqual(body.environment);
  const now = await document(id);
  expect([body.definition, now.definition]).toEqual([PYTHON, expect.stringContaining("source: catalogue")]);
  expect(now.revision).toBe(told.revision + 1);
  expect(now.seats).toEqual(told.seats);
});

test("the same one, short, in full or with comments, is told to nobody; what its author wrote stays as it is", async () => {
  const { id } = await runningRecord(desk);
  const { revision } = await document(id);
  const { body } = await put(id, { definition: "claude" });
  expect((await put(id, { definition: DEFAULT_WRITTEN, from: body.digest })).body).toEqual(body);
  expect((await put(id, { definition: DEFAULT_TEXT, from: body.digest })).body.definition).toBe(DEFAULT_TEXT);
  const commented = `# For the notes.\n${DEFAULT_WRITTEN}`;
  expect((await put(id, { definition: `\u{feff}${commented.replaceAll("\n", "\r\n")}\r\n` })).body.definition).toBe(commented);
  expect((await document(id)).revision).toBe(revision);
  // Comments, too, are somebody's work.
  expect((await put(id, { definition: DEFAULT_WRITTEN, from: body.digest })).status).toBe(412);
});

test("what a class was made with is edited as it was written, from an archive too", async () => {
  const written = `${PYTHON}  # More to come.\n`;
  const made = await desk.ask("POST", "/api/workshops", { name: "Later", seats: 2, apiKey: KEY, definition: written });
  expect((await desk.ask("GET", at(made.body.workshopId))).body.definition).toBe(written);
  const { id } = await runningRecord(desk);
  expect((await send(id, { definition: await archive() })).body.definition).toBe(WORKSHOP_YAML);
});

test("of two who edit the same one the second is told, and what is kept is the first's", async () => {
  const { id } = await runningRecord(desk);
  const { digest: from } = (await desk.ask("GET", at(id))).body;
  const both = await Promise.all([
    put(id, { definition: PYTHON, from }),
    put(id, { definition: PYTHON.replace("notes", "other"), from }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  const kept = (await desk.ask("GET", at(id))).body;
  expect(kept).toEqual(both.find(({ status }) => status === 200)?.body);
  const refused = both.find(({ status }) => status === 412)?.body.error;
  expect(refused.code).toBe("CONFLICT");
  expect(refused.message).toContain("was changed meanwhile");
  // Who knows which one is there now may put hers in its place.
  expect((await put(id, { definition: PYTHON.replace("notes", "other"), from: kept.digest })).status).toBe(200);
});

test("everything wrong with it is told at once with line and column, and nothing changes", async () => {
  const { id } = await runningRecord(desk);
  const before = await document(id);
  const wrong = await put(id, { definition: "name: Notes\nbase: debian@12\nsdks:\n  - name: ndoe\n" });
  expect(wrong.status).toBe(400);
  expect(wrong.body.error.problems).toEqual([
    { path: "workshop.yaml", line: 1, column: 7, message: expect.stringContaining("“Notes”") },
    { path: "workshop.yaml", line: 4, column: 11, message: expect.stringContaining("There is no SDK “ndoe”") },
  ]);
  for (const body of [{}, { definition: 7 }, { definition: PYTHON, from: 7 }, { definition: PYTHON, seats: 3 }])
    expect((await put(id, body)).status).toBe(400);
  expect((await put(id, { definition: PYTHON, seats: 3 })).body.error.message).toStartWith("“seats” is nothing of a definition");
  expect(await document(id)).toEqual(before);
});

test("its own SDKs come in an archive, and stay while only its text is edited", async () => {
  const { id } = await runningRecord(desk);
  const sent = await send(id, { definition: await archive() });
  expect([sent.status, sent.body.environment.archive.name]).toEqual([200, "class.tar"]);
  const { digest } = sent.body.environment.archive;
  expect((await document(id)).definitionArchive).toEqual({ digest });
  const more = `${sent.body.definition}  - name: python\n`;
  const edited = await put(id, { definition: more, from: sent.body.digest });
  expect(edited.body.environment.sdks.map(({ name }: { name: string }) => name)).toEqual(["system", "node", "notes", "python"]);
  expect(edited.body.environment.sdks[2].summary).toBe("A small server for notes.");
  expect(edited.body.environment.archive).toEqual(sent.body.environment.archive);
  expect((await document(id)).definitionArchive).toEqual({ digest });
  const unknown = await put(id, { definition: more.replace("project-notes", "project-cards") });
  expect(unknown.body.error.message).toContain("needs its folder “project-cards”");
  // Another archive under the same text is another definition.
  const mended = await send(id, {
    definition: await archive([{ name: "project-notes/hooks/check-health", text: "#!/bin/bash\n", mode: 0o755 }]),
  });
  expect(mended.body.definition).toBe(sent.body.definition);
  expect(mended.body.digest).not.toBe(sent.body.digest);
  // One without SDKs of its own needs none.
  const plain = await put(id, { definition: PYTHON });
  expect(plain.body.environment.archive).toBeUndefined();
  expect((await document(id)).definitionArchive).toBeUndefined();
});

test("before its start it is what the start makes, and after its end there is nothing to edit", async () => {
  const made = await desk.ask("POST", "/api/workshops", { name: "Later", seats: 2, apiKey: KEY });
  const { workshopId: id } = made.body;
  expect((await put(id, { definition: PYTHON })).status).toBe(200);
  expect((await document(id)).definition).toContain("name: python");
  const early = await desk.ask("GET", `/api/workshops/${id}/plan`);
  expect([early.status, early.body.error.code]).toEqual([409, "NOT_RUNNING"]);
  await desk.ask("POST", `/api/workshops/${id}/stop`);
  const late = await put(id, { definition: "python" });
  expect([late.status, late.body.error.message]).toEqual([409, "The workshop “Later” is stopped: no seat is made any more."]);
});

test("another's workshop isn't there, and a stranger is asked who she is", async () => {
  const { id } = await runningRecord(desk, { owner: "somebody" });
  for (const [method, path, body] of [
    ["GET", "definition"],
    ["PUT", "definition", { definition: PYTHON }],
    ["GET", "plan"],
  ] as const) {
    expect((await desk.ask(method, `/api/workshops/${id}/${path}`, body)).status).toBe(404);
    expect((await desk.ask(method, `/api/workshops/${id}/${path}`, body, anonymous)).status).toBe(401);
  }
});

test("while no machine answers nothing is known of its seats, and it is said that this isn't the plan yet", async () => {
  const { id } = await runningRecord(desk, { seats: 2 });
  const { status, body } = await desk.ask("GET", `/api/workshops/${id}/plan`);
  expect([status, body.told, body.sdks]).toEqual([200, false, []]);
  expect(body.seats).toEqual([
    { seat: 1, does: "unknown" },
    { seat: 2, does: "unknown" },
  ]);
  expect(body.problems).toEqual([{ seats: [1, 2], problem: expect.stringContaining("doesn’t answer just now") }]);
});

test("an address that can't be read is refused in words", async () => {
  for (const path of ["%zz", "%zz/definition", "ws-abc123/seats/%ff/free", "%e2%80"]) {
    const { status, body } = await desk.ask("GET", `/api/workshops/${path}`);
    expect([status, body.error.code, body.error.message.includes("as %25")], path).toEqual([400, "INVALID_INPUT", true]);
  }
  expect((await desk.ask("GET", "/api/workshops/%25zz")).status).toBe(404);
});
