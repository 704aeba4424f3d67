import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listedSdks, writtenName } from "../../../../../agent/definition/listed.ts";
import { BUILDER_LIMITS, builderOf } from "../../../../../agent/seats/docker/layers/builder.ts";
import { baseOf, checkDepth, isLayer, keysBelow, layersOf } from "../../../../../agent/seats/docker/layers/layers.ts";
import { inTurn } from "../../../../../agent/seats/docker/layers/turns.ts";
import { makeSeat, prepare, repairSeat } from "../../../../../agent/seats/docker/request.ts";
import { TaskLogs } from "../../../../../agent/seats/task-logs.ts";

const BASE = { name: "debian@12", imageId: `sha256:${"a".repeat(64)}` } as const;
const sdk = (name: string, digest: string) => ({ source: "project" as const, name, digest });

describe("which layers there are", () => {
  const layers = layersOf({ base: BASE, sdks: [sdk("one", "1"), sdk("two", "2")] });

  test("one after each SDK; what a layer's labels say of it leads to its key, and to those below", () => {
    expect(layers.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^one-[0-9a-f]{16}$/),
      expect.stringMatching(/^two-[0-9a-f]{16}$/),
    ]);
    expect(keysBelow(layers[1]?.labels ?? {})).toEqual(layers.map(({ key }) => key));
    expect(baseOf(layers[1]?.labels ?? {})).toBe(BASE.imageId);
    expect(keysBelow({})).toEqual([]);
    expect(keysBelow(null)).toEqual([]);
  });

  test("a name that another key has is no layer of ours", () => {
    const [one] = layers;
    if (!one) throw new Error("there is none");
    expect(isLayer(one, one.labels)).toBe(true);
    expect(isLayer(one, { ...one.labels, "clarateach.layer": `${one.key.slice(0, 16)}${"0".repeat(48)}` })).toBe(false);
    expect(isLayer(one, undefined)).toBe(false);
  });

  test("too many for an image are refused with both numbers", () => {
    expect(() => checkDepth(1, 119)).not.toThrow();
    expect(() => checkDepth(75, 46)).toThrow("The image has 75 layers and the definition 46 SDKs");
  });
});

describe("what is to be done for a class", () => {
  const wish = (definition?: string) => ({
    ...{ seat: 1, generation: 1, freshSince: 1, workshop: "ws-abc123" },
    ...(definition !== undefined && { definition, definitionArchive: "d".repeat(64) }),
  });
  const OWN = "name: own\nbase: debian@12\nsdks:\n  - name: system\n    source: system\n  - name: notes\n    source: project\n";

  test("machine, SDK by SDK, layer by layer; then the seats, a project's own hooks last", () => {
    expect(prepare([wish(OWN)]).map(({ kind, summary }) => `${kind}: ${summary}`)).toEqual([
      "docker/prepare-machine: Make the machine ready for seats",
      "docker/retrieve-sdk: Fetch system",
      "docker/retrieve-sdk: Fetch project-notes",
      "docker/build-layer: Install system",
      "docker/build-layer: Install project-notes",
    ]);
    expect(makeSeat(wish(OWN)).map(({ kind }) => kind)).toEqual([
      ...["docker/make-disk", "docker/make-network", "docker/resolve-interfaces", "docker/start-container"],
      ...["docker/setup-project", "docker/check-health"],
    ]);
    expect(prepare([])).toEqual([]);
  });

  test("without a definition the first built-in one; a repair names none: the seat has what it had", () => {
    const [, ...rest] = prepare([wish()]).map(({ summary }) => summary);
    expect(rest).toEqual(
      ["Fetch", "Install"].flatMap((verb) => ["system", "node", "claude-code", "browser"].map((name) => `${verb} ${name}`)),
    );
    expect(makeSeat(wish()).at(-1)?.kind).toBe("docker/start-container");
    for (const { data } of repairSeat(wish(OWN))) expect(data).toEqual({ seat: 1 });
    expect(listedSdks(OWN).map(writtenName)).toEqual(["system", "project-notes"]);
  });

  test("nothing that an image would keep names the class; limits are what is wished for, or what the machine has", () => {
    const made = builderOf({
      ...{ machine: "clarateach-ws-abc123", image: "sha256:x", trees: [], caches: [], resolvConf: "/r", cpus: 1, ipv6: true },
      limits: BUILDER_LIMITS,
    });
    expect(made.Env).toEqual([]);
    expect(made.HostConfig).toMatchObject({ NetworkMode: "none", CapDrop: ["ALL"], NanoCpus: 1e9, Memory: 2 * 1024 ** 3 });
  });
});

describe("turns of all agents on a computer", () => {
  test.skipIf(process.getuid?.() !== 0)("one after the other; who is given up while he waits leaves at once", async () => {
    const name = `test-${crypto.randomUUID()}`;
    const seen: string[] = [];
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const { signal } = new AbortController();
    const first = inTurn(name, signal, async () => {
      seen.push("first begins");
      await go;
      seen.push("first ends");
    });
    const second = inTurn(name, signal, async () => void seen.push("second"));
    const third = inTurn(name, AbortSignal.abort(new Error("given up")), async () => void seen.push("third"));
    await expect(third).rejects.toThrow("given up");
    resolve();
    await Promise.all([first, second]);
    expect(seen).toEqual(["first begins", "first ends", "second"]);
    rmSync(join("/run/clarateach/layers", name));
  });
});

describe("whole logs of tasks", () => {
  test("the end of a long one is kept, within its bound; those of long ago go", () => {
    const directory = mkdtempSync(join(tmpdir(), "ct-logs-"));
    const logs = new TaskLogs(directory);
    const log = logs.begin(7);
    const line = Buffer.from(`${"x".repeat(1023)}\n`);
    for (let i = 0; i < 25 * 1024 - 100; i++) log.add(line);
    log.add(Buffer.from("the end\n"));
    const pieces = logs.piecesOf(7);
    const size = pieces.reduce((sum, piece) => sum + statSync(piece).size, 0);
    expect(size).toBeGreaterThan(5 * 1024 ** 2);
    expect(size).toBeLessThanOrEqual(10 * 1024 ** 2);
    expect(readFileSync(pieces.at(-1) ?? "", "utf8")).toEndWith("x\nthe end\n");
    // It runs again after a restart.
    logs.begin(7).add(Buffer.from("anew\n"));
    expect(logs.piecesOf(7).map((piece) => readFileSync(piece, "utf8"))).toEqual(["anew\n"]);
    for (let task = 100; task < 150; task++) logs.begin(task).add(line);
    expect(logs.piecesOf(7)).toEqual([]);
    expect(logs.piecesOf(109)).toEqual([]);
    expect([110, 149].map((task) => logs.piecesOf(task).length)).toEqual([1, 1]);
    rmSync(directory, { recursive: true });
  });
});
