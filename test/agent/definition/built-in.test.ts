import { expect, test } from "bun:test";
import { BUILT_IN_SDKS } from "../../../agent/definition/builtin/built-in.ts";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { contentDigest, packagesFor, type SdkContent } from "../../../agent/definition/content.ts";

const sdk: SdkContent = {
  name: "tool",
  files: [
    { path: "sdk.yaml", mode: 0o644, content: "name: tool\n" },
    { path: "hooks/setup-base", mode: 0o755, content: "true\n" },
  ],
  links: [{ path: "bin/a", target: "../a" }],
  packages: [
    { name: "a", version: "1.0.0", integrity: "sha512-a", bytes: 1, arch: "x64", into: "a" },
    { name: "b", version: "1.0.0", integrity: "sha512-b", bytes: 1, arch: "arm64", into: "a" },
  ],
};

test("an SDK's digest changes with all that its directory is made of, and with nothing else", () => {
  const digest = contentDigest(sdk, "x64");
  const [yaml, hook] = sdk.files as [SdkContent["files"][number], SdkContent["files"][number]];
  const [a, b] = sdk.packages as [SdkContent["packages"][number], SdkContent["packages"][number]];
  const others: Partial<SdkContent>[] = [
    { files: [yaml, { ...hook, content: "false\n" }] },
    { files: [yaml, { ...hook, path: "hooks/check-health" }] },
    { files: [yaml, { ...hook, mode: 0o644 }] },
    { links: [{ path: "bin/a", target: "../b" }] },
    { packages: [{ ...a, integrity: "sha512-c" }] },
    { packages: [{ ...a, into: "c" }] },
  ];
  const digests = others.map((other) => contentDigest({ ...sdk, ...other }, "x64"));
  expect(new Set([digest, contentDigest(sdk, "arm64"), ...digests]).size).toBe(others.length + 2);
  expect(contentDigest({ ...sdk, files: sdk.files.toReversed() }, "x64")).toBe(digest);
  expect(contentDigest({ ...sdk, packages: [a, { ...b, integrity: "sha512-z" }] }, "x64")).toBe(digest);
});

test("the catalogue has the built-in SDKs as their own files say", () => {
  expect([...(CATALOGUE.system?.keys() ?? []), ...(CATALOGUE.catalogue?.keys() ?? [])]).toEqual(
    BUILT_IN_SDKS.map(({ name }) => name),
  );
  expect(CATALOGUE.catalogue?.get("node")).toMatchObject({ name: "node", base: "debian@12", summary: "Node.js 24 and npm." });
  expect([...(CATALOGUE.system?.get("system")?.slots.keys() ?? [])]).toContain("gpu");
});

test("what the built-in SDKs fetch is pinned for both kinds of processor", () => {
  for (const sdk of BUILT_IN_SDKS) {
    for (const one of sdk.packages) {
      expect(one.integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(one.version).toMatch(/^\d+\.\d+\.\d+(-[a-z0-9.-]+)?$/);
    }
    const [x64, arm64] = ["x64", "arm64"].map((arch) => packagesFor(sdk, arch).map(({ into, version }) => [into, version]));
    expect(x64).toEqual(arm64 ?? []);
  }
});
