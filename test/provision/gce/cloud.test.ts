import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prune } from "../../../provision/gce/prune.ts";

const PROTOS = new URL("../../../node_modules/@google-cloud/compute/build/protos/protos.json", import.meta.url).pathname;

test("without credentials opening fails at once, and says what to do", async () => {
  const home = await mkdtemp(join(tmpdir(), "ct-google-home-"));
  const program = `
    const { openGoogleCloud } = await import("./provision/gce/cloud.ts");
    const { SETTINGS } = await import("./test/provision/gce/settings.ts");
    await openGoogleCloud(SETTINGS).catch((error) => console.log(error.code, error.message));
    process.exit(0);`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    cwd: new URL("../../..", import.meta.url).pathname,
    env: { PATH: process.env.PATH ?? "", HOME: home, METADATA_SERVER_DETECTION: "none" },
    stdout: "pipe",
    stderr: "inherit",
  });
  const printed = await new Response(child.stdout).text();
  expect(printed).toContain("FORBIDDEN There are no credentials for Google Cloud. Run “gcloud auth application-default login”");
  await rm(home, { recursive: true });
});

test("of compute's types only what is called is kept, with every type that it leads to", async () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON of a package
  const whole = (await Bun.file(PROTOS).json()) as any;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of a package
  const pruned = prune(whole) as any;
  const all = whole.nested.google.nested.cloud.nested.compute.nested.v1.nested;
  const kept = pruned.nested.google.nested.cloud.nested.compute.nested.v1.nested;
  expect(Object.keys(kept.Instances.methods)).toContain("Insert");
  expect(Object.keys(kept).length).toBeLessThan(Object.keys(all).length / 5);
  const lacking = Object.values(kept).flatMap((type) =>
    // biome-ignore lint/suspicious/noExplicitAny: JSON of a package
    Object.values((type as any).fields ?? {}).flatMap(({ type: name }: any) => (all[name] && !kept[name] ? [name] : [])),
  );
  expect(lacking).toEqual([]);
  expect(pruned.nested.google.nested.api).toEqual(whole.nested.google.nested.api);
  expect(Object.keys(all.Instances.methods).length).toBeGreaterThan(50);
});
