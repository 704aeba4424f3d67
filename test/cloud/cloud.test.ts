import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCredentials } from "../support/google-cloud/credentials.ts";
import { type GoogleCloud, startGoogleCloud } from "../support/google-cloud/google-cloud.ts";
import { googleSettings } from "../support/google-settings.ts";
import { freePort, startWorld, type World } from "../support/world.ts";

const KEY = "sk-ant-test-0123456789-0123456789";
let google: GoogleCloud;
let room: string;
let world: World;
const settings = async () => ({
  ...googleSettings(google.port, "p1-classes", ["europe-west4-a"]),
  GOOGLE_APPLICATION_CREDENTIALS: await writeCredentials(room, google.port),
});

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "ct-google-world-"));
  google = await startGoogleCloud({ project: "p1-classes", managedZones: { ws: "ws.example.com." }, token: "emu" });
  world = await startWorld(await settings());
});
afterAll(async () => {
  await world.end();
  await google.end();
  await rm(room, { recursive: true });
});

test("a class that is made costs one secret; stopped, it leaves nothing", async () => {
  const left = () => google.world.history.left().map(({ kind, name }) => `${kind} ${name}`);
  const before = left();
  expect(before).toEqual([
    "managedZone ws",
    "secret clarateach-gateway-signing-key",
    "secretVersion clarateach-gateway-signing-key/versions/1",
  ]);
  const { status, body } = await world.api("/api/workshops", { method: "POST", json: { name: "Class", seats: 3, apiKey: KEY } });
  expect(status).toBe(201);
  const secret = google.world.secrets.secrets.get(`clarateach-${body.workshopId}-llm-key`);
  expect(secret?.versions[0]?.data?.toString()).toBe(KEY);
  expect(secret?.labels.workshop).toBe(body.workshopId);
  expect(Math.abs((secret?.expiresAt ?? 0) - Date.now() - 90 * 86_400_000)).toBeLessThan(3_600_000);
  expect(left().length).toBe(before.length + 2);
  expect((await world.api(`/api/workshops/${body.workshopId}/stop`, { method: "POST" })).body.status).toBe("stopped");
  expect(left()).toEqual(before);
});

test("a class whose key can't be sealed isn't made, and nothing of the key is left", async () => {
  const left = () => google.world.history.left().map(({ kind, name }) => `${kind} ${name}`);
  const before = left();
  google.world.faults.add({ kind: "answer", status: 403, rpc: "PERMISSION_DENIED", method: "POST", path: ":addVersion" });
  const { status } = await world.api("/api/workshops", { method: "POST", json: { name: "Class", seats: 3, apiKey: KEY } });
  expect(status).toBe(503);
  expect(left()).toEqual(before);
});

test("killed and started again, the gateway reads its signing key where it sealed it", async () => {
  const keys = async () => (await fetch(`${world.url}/.well-known/jwks.json`)).text();
  const before = await keys();
  await world.kill();
  await world.restart();
  expect(await keys()).toBe(before);
  expect(google.world.secrets.secrets.get("clarateach-gateway-signing-key")?.versions).toHaveLength(1);
});

test("without credentials it ends with one sentence and code 1", async () => {
  const { GOOGLE_APPLICATION_CREDENTIALS: _, ...without } = await settings();
  const data = await mkdtemp(join(room, "data-"));
  const child = Bun.spawn([process.execPath, "gateway/main.ts"], {
    cwd: new URL("../..", import.meta.url).pathname,
    env: { PATH: process.env.PATH ?? "", HOME: data, CLARATEACH_DATA: data, PORT: String(await freePort()), ...without },
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  expect(said).toStartWith("There are no credentials for Google Cloud. ");
  expect(said).not.toContain("    at ");
});
