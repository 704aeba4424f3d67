import { expect, test } from "bun:test";
import fc from "fast-check";
import { layerKeys, type TreeEntry, treeDigest } from "../../../agent/definition/digest.ts";

const A = "a".repeat(64);
const TREE: TreeEntry[] = [
  { path: "hooks", type: "directory", mode: 0o755 },
  { path: "hooks/setup-base", type: "file", mode: 0o755, digest: A },
  { path: "sdk.yaml", type: "file", mode: 0o644, digest: A },
  { path: "z", type: "symlink", mode: 0o777, target: "sdk.yaml" },
];
const changed = (i: number, change: object): TreeEntry[] =>
  TREE.map((entry, j) => (i === j ? ({ ...entry, ...change } as TreeEntry) : entry));

test("an SDK's digest is of its listing, in whatever order that comes", () => {
  const digest = treeDigest(TREE);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  fc.assert(
    fc.property(fc.shuffledSubarray(TREE, { minLength: TREE.length }), (other) => expect(treeDigest(other)).toBe(digest)),
  );
  const others = [
    TREE.slice(1),
    changed(1, { mode: 0o644 }),
    changed(1, { digest: "b".repeat(64) }),
    changed(1, { path: "hooks/setup-bas" }),
    changed(3, { target: "hooks" }),
    changed(3, { type: "file", digest: "sdk.yaml" }),
    [],
  ].map(treeDigest);
  expect(new Set([digest, ...others]).size).toBe(others.length + 1);
});

const BASE = { name: "debian@12", imageId: "sha256:1" } as const;
const sdk = (name: string, digest = A) => ({ source: "catalogue", name, digest }) as const;

test("layers are shared as far as two lists begin alike", () => {
  const three = layerKeys({ base: BASE, sdks: [sdk("system"), sdk("node"), sdk("python")] });
  expect(three.map(({ name }) => name.replace(/-[0-9a-f]{16}$/, ""))).toEqual(["system", "node", "python"]);
  for (const { name, key } of three) expect(name.endsWith(`-${key.slice(0, 16)}`)).toBe(true);
  const last = layerKeys({ base: BASE, sdks: [sdk("system"), sdk("node"), sdk("python", "b".repeat(64))] });
  expect(last.map(({ key }, i) => key === three[i]?.key)).toEqual([true, true, false]);
  const first = layerKeys({ base: BASE, sdks: [sdk("system", "b".repeat(64)), sdk("node"), sdk("python")] });
  expect(first.map(({ key }, i) => key === three[i]?.key)).toEqual([false, false, false]);
  const image = layerKeys({ base: { ...BASE, imageId: "sha256:2" }, sdks: [sdk("system")] });
  expect(image[0]?.key).not.toBe(three[0]?.key);
  const own = layerKeys({ base: BASE, sdks: [sdk("system"), { ...sdk("node"), source: "project" }] });
  expect(own[1]?.key).not.toBe(three[1]?.key);
});
