import { afterAll, beforeAll, expect, test } from "bun:test";
import { officialClients } from "./clients.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";
import { crc32c } from "./secrets/crc32c.ts";

let cloud: GoogleCloud;
let secrets: ReturnType<typeof officialClients>["secrets"];
beforeAll(async () => {
  cloud = await startGoogleCloud();
  secrets = officialClients(cloud.port).secrets;
});
afterAll(() => cloud.end());

const NUMBER = "123456789012";
let made = 0;
async function newSecret(more: Record<string, unknown> = {}): Promise<string> {
  const secretId = `secret-${++made}`;
  await secrets.createSecret({ parent: "projects/p1", secretId, secret: { replication: { automatic: {} }, ...more } });
  return secretId;
}
const path = (id: string) => `projects/p1/secrets/${id}`;
const add = (id: string, text: string) => secrets.addSecretVersion({ parent: path(id), payload: { data: Buffer.from(text) } });
const access = async (id: string, version = "latest") =>
  (await secrets.accessSecretVersion({ name: `${path(id)}/versions/${version}` }))[0];
const raw = async (rest: string, init: RequestInit = {}) => {
  const answer = await fetch(`http://127.0.0.1:${cloud.port}/v1/${rest}`, init);
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: answer.status, body: (await answer.json()) as any };
};

test("names come back with the project's number, an etag with its quotes, and no ttl but a time", async () => {
  const id = await newSecret({ ttl: { seconds: 86_400 }, labels: { workshop: "ws-a" } });
  const [secret] = await secrets.getSecret({ name: path(id) });
  expect(secret.name).toBe(`projects/${NUMBER}/secrets/${id}`);
  expect(secret.etag).toMatch(/^"1[0-9a-f]+"$/);
  expect(secret.labels).toEqual({ workshop: "ws-a" });
  const { body } = await raw(path(id));
  expect(body).not.toHaveProperty("ttl");
  expect(Math.abs(Date.parse(body.expireTime) - cloud.world.clock.now() - 86_400_000)).toBeLessThan(60_000);
});

test("versions count 1, 2, …; latest is the newest; the checksum is returned and checked", async () => {
  const id = await newSecret();
  await expect(access(id)).rejects.toMatchObject({ code: 5, message: expect.stringContaining("not found.") });
  expect((await add(id, "one"))[0].name).toBe(`projects/${NUMBER}/secrets/${id}/versions/1`);
  await add(id, "two");
  expect((await access(id)).payload?.data?.toString()).toBe("two");
  const first = await access(id, "1");
  expect(first.payload?.data?.toString()).toBe("one");
  expect(Number(first.payload?.dataCrc32c)).toBe(crc32c(Buffer.from("one")));
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  const payload = { data: Buffer.from("x"), dataCrc32c: 1 };
  await expect(secrets.addSecretVersion({ parent: path(id), payload })).rejects.toMatchObject({ code: 3 });
});

test("states are numbers for whoever asks so, else words", async () => {
  const id = await newSecret();
  await add(id, "one");
  const one = `${path(id)}/versions/1`;
  expect((await raw(`${one}?$alt=json;enum-encoding=int`)).body.state).toBe(1);
  expect((await raw(one)).body.state).toBe("ENABLED");
});

test("what is disabled or destroyed can't be read: 400 FAILED_PRECONDITION, in these words", async () => {
  const id = await newSecret();
  await add(id, "one");
  const name = `${path(id)}/versions/1`;
  await secrets.disableSecretVersion({ name });
  await expect(access(id)).rejects.toMatchObject({ code: 9, message: expect.stringContaining("is in DISABLED state.") });
  await secrets.enableSecretVersion({ name });
  expect((await access(id)).payload?.data?.toString()).toBe("one");
  await secrets.destroySecretVersion({ name });
  expect(await raw(`${name}:access`)).toMatchObject({
    status: 400,
    body: {
      error: {
        status: "FAILED_PRECONDITION",
        message: `Secret Version [projects/${NUMBER}/secrets/${id}/versions/1] is in DESTROYED state.`,
      },
    },
  });
  await expect(secrets.enableSecretVersion({ name })).rejects.toMatchObject({ code: 9 });
});

test("a secret that is there already is 409 ALREADY_EXISTS, code 6; one that isn't is 404", async () => {
  const id = await newSecret();
  const again = secrets.createSecret({ parent: "projects/p1", secretId: id, secret: { replication: { automatic: {} } } });
  await expect(again).rejects.toMatchObject({
    code: 6,
    message: expect.stringContaining(`Secret [projects/${NUMBER}/secrets/${id}] already exists.`),
  });
  expect(await raw(path("none"))).toEqual({
    status: 404,
    body: { error: { code: 404, message: `Secret [projects/${NUMBER}/secrets/none] not found.`, status: "NOT_FOUND" } },
  });
});

test("another etag is FAILED_PRECONDITION; the right one deletes, with {} for an answer", async () => {
  const id = await newSecret();
  const [{ etag }] = await secrets.getSecret({ name: path(id) });
  await secrets.updateSecret({ secret: { name: path(id), labels: { a: "b" } }, updateMask: { paths: ["labels"] } });
  await expect(secrets.deleteSecret({ name: path(id), etag: etag ?? "" })).rejects.toMatchObject({ code: 9 });
  const [fresh] = await secrets.getSecret({ name: path(id) });
  expect(await raw(`${path(id)}?etag=${encodeURIComponent(fresh.etag ?? "")}`, { method: "DELETE" })).toEqual({
    status: 200,
    body: {},
  });
  await expect(secrets.getSecret({ name: path(id) })).rejects.toMatchObject({ code: 5 });
});

test("a secret and its versions vanish at the end; an end that was moved counts", async () => {
  const [short, moved] = [await newSecret({ ttl: { seconds: 60 } }), await newSecret({ ttl: { seconds: 60 } })];
  await add(short, "x");
  const seconds = Math.floor(cloud.world.clock.now() / 1000) + 600;
  await secrets.updateSecret({ secret: { name: path(moved), expireTime: { seconds } }, updateMask: { paths: ["expire_time"] } });
  cloud.world.clock.advance(61_000);
  await expect(secrets.getSecret({ name: path(short) })).rejects.toMatchObject({ code: 5 });
  await expect(access(short, "1")).rejects.toMatchObject({ code: 5 });
  await secrets.getSecret({ name: path(moved) });
  cloud.world.clock.advance(600_000);
  await expect(secrets.getSecret({ name: path(moved) })).rejects.toMatchObject({ code: 5 });
  expect(cloud.world.history.left().filter(({ name }) => name.startsWith(short))).toEqual([]);
});

test("ids, payloads, labels and replication have Google's bounds", async () => {
  const create = (secretId: string, secret: Record<string, unknown>) =>
    secrets.createSecret({ parent: "projects/p1", secretId, secret });
  const automatic = { replication: { automatic: {} } };
  for (const id of ["a.b", "a".repeat(256), "a b"]) await expect(create(id, automatic)).rejects.toMatchObject({ code: 3 });
  await expect(create("x", {})).rejects.toMatchObject({ code: 3 });
  await expect(create("x", { ...automatic, labels: { A: "b" } })).rejects.toMatchObject({ code: 3 });
  const id = await newSecret();
  await add(id, "x".repeat(65_536));
  await expect(add(id, "x".repeat(65_537))).rejects.toMatchObject({ code: 3 });
  expect(
    (await raw("projects/p1/secrets?secretId=y", { method: "POST", body: '{"replication":{"automatic":{}},"lables":{}}' }))
      .status,
  ).toBe(400);
  const update = { secret: { name: path(id), replication: { automatic: {} } }, updateMask: { paths: ["replication"] } };
  await expect(secrets.updateSecret(update)).rejects.toMatchObject({ code: 3 });
});

test("a list is filtered by labels; its total is 0 then", async () => {
  const id = await newSecret({ labels: { only: "me" } });
  const [found] = await secrets.listSecrets({ parent: "projects/p1", filter: "labels.only=me" });
  expect(found.map(({ name }) => name)).toEqual([`projects/${NUMBER}/secrets/${id}`]);
  expect((await raw("projects/p1/secrets?filter=labels.only%3Dme")).body.totalSize).toBe(0);
  expect((await raw("projects/p1/secrets")).body.totalSize).toBeGreaterThan(0);
});
