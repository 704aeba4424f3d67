/** The end of a healthy class while Google takes its time: learners are told at once, all that can goes side by side, and whoever asked is answered. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { type GoogleLife, isIn, startGoogleLife } from "../support/google-life.ts";
import { until } from "../support/until.ts";

/** About what Google takes; the machine's own end comes when the test says so. */
const TIMES = { provision: 500, stage: 1500, operation: 1000, change: 3000, delete: 3_600_000 };

let life: GoogleLife;
let opened: GoogleGateway;
beforeAll(async () => {
  life = await startGoogleLife({ times: TIMES });
  opened = await openGoogleGateway(life.world, mkdtempSync(join(life.room, "data-")), [life.authority]);
  await opened.gateway.begin();
});
afterAll(async () => {
  await opened.gateway.end();
  await life.end();
});

const ask: GoogleGateway["ask"] = (...call) => opened.ask(...call);
const rowsOf = (id: string) => opened.gateway.db.selectFrom("resources").selectAll().where("workshop", "=", id).execute();

/** Her terminal, by the machine's own door. @returns what it was sent */
async function openTerminal(id: string, token: string): Promise<string[]> {
  const host = `${id}.ws.example.com`;
  const said: string[] = [];
  const port = life.vms.get(`clarateach-${id}`)?.httpsPort;
  const socket = new WebSocket(`wss://127.0.0.1:${port}/vm/01/terminal`, {
    headers: { host, authorization: `Bearer ${token}` },
    tls: { ca: life.pebble.root, serverName: host, checkServerIdentity: () => undefined },
  } as never);
  socket.addEventListener("message", ({ data }) => said.push(JSON.parse(String(data)).type));
  await until("her shell", () => said.includes("output"));
  return said;
}

test("learners are told at once, all but the machine is gone while Google still deletes that, and the answer comes after 50 s", async () => {
  const wish = { name: "Over", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id, code } = (await ask("POST", "/api/workshops", wish)).body;
  await ask("POST", `/api/workshops/${id}/start`);
  await until("the class", async () => (await ask("GET", `/api/workshops/${id}`)).body.status === "running");
  const { token, odehash } = (await ask("POST", "/api/join", { code, name: "Mira" })).body;
  await until("her seat", () => isIn(life, id, token));
  const said = await openTerminal(id, token);

  const begun = Date.now();
  const stopping = ask("POST", `/api/workshops/${id}/stop`, { keepWork: false });
  await until("her to be told", () => said.includes("ended"));
  expect((await ask("GET", `/api/workshops/${id}`)).body.status).toBe("stopping");
  expect((await ask("POST", "/api/join", { code, odehash })).status).toBe(409);
  expect(await isIn(life, id, token)).toBe(false);

  await until("all but the machine to be seen gone", async () => {
    const rows = await rowsOf(id);
    const gone = (kind: string) => rows.filter((row) => row.kind === kind && JSON.parse(row.detail).checkedAt !== undefined);
    return ["name", "certificate", "secret"].every((kind) => gone(kind).length === 1) && rows;
  });
  expect((await rowsOf(id)).find(({ kind }) => kind === "machine")?.observed).toBe("stopping");
  expect(leftOf(life.world).map((line) => line.split(" ")[0])).toEqual(["instance", "disk"]);
  const journal = await opened.gateway.db.selectFrom("journal").selectAll().where("workshop", "=", id).execute();
  for (const { act, summary, started_at, ended_at } of journal.filter((line) => line.act === "stop"))
    console.log(act, summary, ...[started_at, ended_at].map((at) => (at ? `${Date.parse(at) - begun} ms` : "…")));

  const answer = await stopping;
  expect([answer.status, answer.body.status]).toEqual([202, "stopping"]);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(50_000);
  life.world.google.world.clock.advance(TIMES.delete);
  const again = await ask("POST", `/api/workshops/${id}/stop`);
  expect([again.status, again.body.status]).toEqual([200, "stopped"]);
  expect(leftOf(life.world)).toEqual([]);
});
