import { afterEach, beforeEach, expect, test } from "bun:test";
import { type GoogleWorld, startGoogleWorld } from "./world.ts";

const NAME = "ws-abc123-llm-key";
let world: GoogleWorld;
beforeEach(async () => {
  world = await startGoogleWorld();
});
afterEach(() => world.end());

const stored = () => world.google.world.secrets.secrets.get(`test-${NAME}`);

test("a secret is sealed, read, replaced and destroyed; of earlier values nothing stays", async () => {
  const { secrets } = world.cloud;
  expect(await secrets.get(NAME)).toBeUndefined();
  expect(await secrets.find(NAME)).toBeUndefined();
  await secrets.put(NAME, "sk-ä1", { workshop: "ws-abc123" });
  expect([await secrets.get(NAME), await secrets.find(NAME)]).toEqual(["sk-ä1", "sealed"]);
  await secrets.put(NAME, "sk-2");
  expect(await secrets.get(NAME)).toBe("sk-2");
  expect(stored()?.versions.map(({ state }) => state)).toEqual(["DESTROYED", "ENABLED"]);
  expect(stored()?.labels).toEqual({ "managed-by": "clarateach", installation: "test", workshop: "ws-abc123" });
  await secrets.remove(NAME);
  await secrets.remove(NAME);
  expect([await secrets.get(NAME), await secrets.find(NAME)]).toEqual([undefined, undefined]);
  expect(world.google.world.history.left().filter(({ kind }) => kind !== "managedZone")).toEqual([]);
});

test("put twice, or with its answers lost, it has one version", async () => {
  const { faults } = world.google.world;
  faults.add({ kind: "lost", method: "POST", path: "secretId" });
  faults.add({ kind: "answer", status: 429, method: "POST", path: "addVersion" });
  await world.cloud.secrets.put(NAME, "sk-1");
  await (await world.another()).secrets.put(NAME, "sk-1");
  expect(stored()?.versions).toHaveLength(1);
});

test("one that was made and never filled is empty; filling it makes it whole", async () => {
  world.google.world.faults.add({ kind: "answer", status: 403, reason: "forbidden", method: "POST", path: "addVersion" });
  await expect(world.cloud.secrets.put(NAME, "sk-1")).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(await world.cloud.secrets.find(NAME)).toBe("empty");
  await world.cloud.secrets.put(NAME, "sk-1");
  expect(await world.cloud.secrets.get(NAME)).toBe("sk-1");
});

test("it is gone at its end by itself; the end can be moved", async () => {
  const { secrets } = world.cloud;
  const { clock } = world.google.world;
  await secrets.put(NAME, "sk-1", { expiresAt: clock.now() + 90 * 86_400_000 });
  await secrets.put("gateway-signing-key", "k");
  await secrets.keepUntil?.(NAME, clock.now() + 8 * 3_600_000);
  clock.advance(7 * 3_600_000);
  expect(await secrets.find(NAME)).toBe("sealed");
  clock.advance(2 * 3_600_000);
  expect([await secrets.find(NAME), await secrets.get("gateway-signing-key")]).toEqual([undefined, "k"]);
  await expect(secrets.keepUntil?.(NAME, clock.now() + 1000)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a gateway sees its own secrets, not another's of the same project", async () => {
  await world.cloud.secrets.put(NAME, "sk-1", { workshop: "ws-abc123" });
  const other = await world.another({ installation: "other" });
  await other.secrets.put(NAME, "sk-2");
  expect(await world.cloud.secrets.list?.()).toEqual([{ name: NAME, workshop: "ws-abc123" }]);
  expect([await world.cloud.secrets.get(NAME), await other.secrets.get(NAME)]).toEqual(["sk-1", "sk-2"]);
});

test("a value that is too large is refused with Google's words, and nothing of it is kept in the message", async () => {
  const value = "secret".repeat(12_000);
  const refused = world.cloud.secrets.put(NAME, value).catch((error: Error) => error);
  const { message } = (await refused) as Error;
  expect(message).toContain("65536");
  expect(message).not.toContain("secretsecret");
});
