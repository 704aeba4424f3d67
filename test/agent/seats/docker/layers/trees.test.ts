import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Trees } from "../../../../../agent/seats/docker/layers/trees.ts";
import { SdkStore } from "../../../../../agent/seats/sdks/store.ts";
import { writeDefinition } from "../../../../support/layered.ts";

test("ten seats that start together read an SDK of one's own once, and again where its directory went", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-trees-"));
  try {
    const { definitionArchive } = await writeDefinition(directory, { own: { "hooks/setup-base": "true\n" } });
    let read = 0;
    const [tools, mine] = ["tools", "mine"].map((name) => new SdkStore(join(directory, name), "http://127.0.0.1:1"));
    const trees = new Trees(tools as SdkStore, mine as SdkStore, (digest) => {
      read++;
      return join(directory, digest);
    });
    const own = { sdks: [{ name: "own", source: "project" as const }], archive: definitionArchive?.digest ?? "" };
    const { signal } = new AbortController();
    const stopped = trees.all(own, AbortSignal.abort("stopped")).catch((reason) => reason);
    const all = await Promise.all([...Array(10)].map(() => trees.all(own, signal)));
    expect(await stopped).toBe("stopped");
    expect(read).toBe(1);
    expect(new Set(all.map(([tree]) => tree?.directory)).size).toBe(1);
    // What one class brought doesn't stay with what all share.
    expect(all[0]?.[0]?.directory).toStartWith(join(directory, "mine", "own"));
    rmSync(all[0]?.[0]?.directory ?? "", { recursive: true });
    expect(await trees.all(own, signal)).toEqual(all[0] ?? []);
    expect(read).toBe(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
