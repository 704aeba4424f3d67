import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Whole } from "../../../gateway/workshops/record.ts";
import { type Resource, wanted } from "../../../gateway/workshops/resource.ts";
import type { CallTools } from "../../../gateway/workshops/resources/kind.ts";
import { name } from "../../../gateway/workshops/resources/name.ts";
import type { Subject } from "../../../gateway/workshops/subject.ts";
import { type GoogleWorld, startGoogleWorld } from "../../provision/gce/world.ts";

let world: GoogleWorld;
beforeAll(async () => {
  world = await startGoogleWorld();
});
afterAll(() => world.end());

const HOST = "ws-abc123.ws.example.com";
const row = (observed: Resource["observed"], detail: object = {}): Resource => ({ ...wanted("name", 1, HOST), observed, detail });
const machine = (observed: Resource["observed"], detail: object): Resource => ({
  ...wanted("machine", 1, "clarateach-ws-abc123"),
  ...{ observed, detail },
});
const subject = (...rows: Resource[]) => ({ rows }) as Subject;
const call = (rows: Resource[], action: "look" | "create" | "remove") =>
  name.call(
    { cloud: world.cloud } as unknown as CallTools,
    { rows, workshop: { ends_at: null, latest_end: null } } as unknown as Whole,
    row("absent"),
    action,
  );

test("a name is made, looked for and taken away, each as often as one likes", async () => {
  const rows = [machine("starting", { ip: "192.0.2.7" })];
  expect(await call(rows, "look")).toEqual({ kind: "looked", found: undefined });
  for (let i = 0; i < 2; i++) expect(await call(rows, "create")).toEqual({ kind: "created" });
  expect(await call(rows, "look")).toEqual({ kind: "looked", found: { status: "running", detail: { ip: "192.0.2.7" } } });
  await call([machine("running", { ip: "192.0.2.8" })], "create");
  expect(await call(rows, "look")).toMatchObject({ found: { detail: { ip: "192.0.2.8" } } });
  for (let i = 0; i < 2; i++) expect(await call(rows, "remove")).toMatchObject({ kind: "removed" });
  expect(await call(rows, "look")).toEqual({ kind: "looked", found: undefined });
});

test("it waits for an address, is pointed while the machine boots, anew when that got another address or half of it is lost", () => {
  const next = (own: Resource, ...machines: Resource[]) => name.make(own, subject(...machines), 0)?.[0];
  expect(next(row("absent"), machine("starting", {}))).toBeUndefined();
  expect(next(row("absent"), machine("starting", { ip: "192.0.2.7" }))).toBe("create");
  expect(next(row("running", { ip: "192.0.2.7" }), machine("running", { ip: "192.0.2.7" }))).toBeUndefined();
  expect(next(row("running", { ip: "192.0.2.7" }), machine("running", { ip: "192.0.2.8" }))).toBe("create");
  expect(next(row("broken", { ip: "192.0.2.7" }), machine("running", { ip: "192.0.2.7" }))).toBe("create");
  const ready = (ip: string) => name.isReady(row("running", { ip: "192.0.2.7" }), subject(machine("running", { ip })));
  expect([ready("192.0.2.7"), ready("192.0.2.8")]).toEqual([true, false]);
});

test("without an address it can't be pointed, and says so", async () => {
  await expect(call([machine("starting", {})], "create")).rejects.toThrow("has no address yet");
});
