import { afterAll, expect, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { openSecrets } from "../../../provision/local/secrets.ts";

const data = await mkdtemp(join(tmpdir(), "ct-secrets-"));
afterAll(() => rmSync(data, { recursive: true }));
const secrets = await openSecrets(data);
const KEY = "sk-ant-0123456789-abcdefgh";

test("what is put is there, is replaced, and goes", async () => {
  expect([await secrets.find("ws-abc"), await secrets.get("ws-abc")]).toEqual([undefined, undefined]);
  await secrets.put("ws-abc", KEY);
  await secrets.put("ws-abc", `${KEY}-2`);
  expect([await secrets.find("ws-abc"), await secrets.get("ws-abc")]).toEqual(["sealed", `${KEY}-2`]);
  expect(await (await openSecrets(data)).get("ws-abc")).toBe(`${KEY}-2`);
  await secrets.remove("ws-abc");
  await secrets.remove("ws-abc");
  expect([await secrets.find("ws-abc"), readdirSync(join(data, "secrets"))]).toEqual([undefined, []]);
});

test("any value comes back as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), async (value) => {
      await secrets.put("any", value);
      expect(await secrets.get("any")).toBe(value);
    }),
    { numRuns: 30 },
  );
});

test("on the disk nothing shows it, and only the owner reads the files", async () => {
  await secrets.put("quiet", KEY);
  const path = join(data, "secrets/quiet");
  expect(readFileSync(path).includes(KEY)).toBe(false);
  for (const file of [path, join(data, "seal.key")]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that was altered, cut or moved to another name doesn't open", async () => {
  await secrets.put("whole", KEY);
  const path = join(data, "secrets/whole");
  copyFileSync(path, join(data, "secrets/moved"));
  expect(secrets.get("moved")).rejects.toThrow(/"moved" can't be unsealed/);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(secrets.get("whole")).rejects.toThrow(/can't be unsealed/);
  truncateSync(path, 5);
  expect(secrets.get("whole")).rejects.toThrow(/can't be unsealed/);
});

test("two that open the same new directory at once have one key", async () => {
  const fresh = await mkdtemp(join(data, "fresh-"));
  const all = await Promise.all(Array.from({ length: 5 }, () => openSecrets(fresh)));
  for (const [i, each] of all.entries()) await each.put(`s-${i}`, KEY);
  for (const each of all) expect(await Promise.all(all.map((_, i) => each.get(`s-${i}`)))).toEqual(all.map(() => KEY));
  expect(readdirSync(fresh).sort()).toEqual(["seal.key", "secrets"]);
});

test("names that aren't plain words are refused", async () => {
  for (const name of ["", "../seal.key", "a/b", "A", "a".repeat(101), ".x"])
    expect(secrets.put(name, KEY)).rejects.toThrow(/can't be called/);
});

test("a damaged seal is said, not replaced", async () => {
  const broken = await mkdtemp(join(data, "broken-"));
  writeFileSync(join(broken, "seal.key"), "short");
  expect(openSecrets(broken)).rejects.toThrow(/the seal .* has 5 bytes/);
});
