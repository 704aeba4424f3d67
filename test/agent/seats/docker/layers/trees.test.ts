import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Trees } from "../../../../../agent/seats/docker/layers/trees.ts";
import { SdkStore } from "../../../../../agent/seats/sdks/store.ts";
import { packTar } from "../../../../support/definition.ts";
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

test("an SDK of programs for another kind of machine is refused before anything is made of it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-trees-"));
  try {
    const other = process.arch === "arm64" ? "amd64" : "arm64";
    const files = { name: "project-own/sdk.yaml", text: `name: own\narchitecture: ${other}\n` };
    writeFileSync(
      join(directory, "archive"),
      await packTar([{ name: "workshop.yaml", text: "name: own\nbase: debian@12\n" }, files]),
    );
    const store = new SdkStore(join(directory, "mine"), "http://127.0.0.1:1");
    const trees = new Trees(store, store, (digest) => join(directory, digest));
    const own = { sdks: [{ name: "own", source: "project" as const }], archive: "archive" };
    const { signal } = new AbortController();
    for (const read of [trees.all(own, signal), trees.look(own, signal)])
      await expect(read).rejects.toThrow(`The SDK project-own is for ${other}, and this machine is`);
    expect(existsSync(join(directory, "mine", "own"))).toBe(false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("looking makes nothing, and says where it will be", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-trees-"));
  try {
    const { definitionArchive } = await writeDefinition(directory, { own: { "hooks/setup-base": "true\n" } });
    const store = new SdkStore(join(directory, "tools"), "http://127.0.0.1:1");
    const trees = new Trees(store, store, (digest) => join(directory, digest));
    // One of ours has to be fetched, where nothing can be.
    const list = {
      sdks: [
        { name: "claude-code", source: "catalogue" as const },
        { name: "own", source: "project" as const },
      ],
      archive: definitionArchive?.digest ?? "",
    };
    const { signal } = new AbortController();
    const seen = await trees.look(list, signal);
    expect(existsSync(join(directory, "tools"))).toBe(false);
    expect(await trees.all({ ...list, sdks: list.sdks.slice(1) }, signal)).toEqual(seen.slice(1));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
