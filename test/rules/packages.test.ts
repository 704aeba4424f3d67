import { expect, test } from "bun:test";
import { dependencies, devDependencies } from "../../package.json";
import bunLock from "../../scripts/bun/package-lock.json";

test("every package is pinned: a fresh clone gets what was tried, not what is newest", () => {
  const all = Object.entries({ ...dependencies, ...devDependencies });
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("Bun and every package of the lock files have a digest: what a registry gives instead is refused", async () => {
  const { "": _, ...ofNpm } = bunLock.packages as Record<string, { integrity?: string }>;
  expect(Object.keys(ofNpm)).toContain("node_modules/@oven/bun-linux-x64");
  expect(Object.entries(ofNpm).filter(([, { integrity = "" }]) => !/^sha512-/.test(integrity))).toEqual([]);
  const { packages } = Bun.JSONC.parse(await Bun.file("bun.lock").text()) as { packages: Record<string, unknown[]> };
  expect(Object.keys(packages).length).toBeGreaterThan(50);
  expect(Object.entries(packages).filter(([, entry]) => !/^sha512-/.test(String(entry.at(-1))))).toEqual([]);
});
