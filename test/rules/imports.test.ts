import { expect, test } from "bun:test";
import { computesImports, files, importsOf, packagesOf, sentWith, textOf } from "./reading.ts";

/**
 * Which room may import which (README, "The map"). A key is a path prefix, the longest that fits counts; a value lists prefixes.
 * Packages are free except where a room is package-free.
 */
const MAY_IMPORT: Record<string, string[]> = {
  "agent/contract/": ["agent/contract/"],
  "agent/engine/": ["agent/engine/"],
  "agent/definition/": ["agent/definition/", "agent/contract/"],
  "agent/machine/": ["agent/machine/", "agent/contract/"],
  "agent/cli/": ["agent/cli/", "agent/contract/"],
  "agent/interfaces/": ["agent/interfaces/", "agent/contract/", "agent/definition/"],
  // What `fs` doesn't offer, below every room.
  "agent/system-calls.ts": [],
  "agent/seats/": [
    ...["agent/seats/", "agent/contract/", "agent/engine/", "agent/definition/", "agent/interfaces/"],
    "agent/system-calls.ts",
  ],
  "agent/terminals/": ["agent/terminals/", "agent/contract/", "agent/seats/seat.ts"],
  "agent/files/": ["agent/files/", "agent/contract/", "agent/seats/seat.ts", "agent/system-calls.ts"],
  "agent/previews/": [
    ...["agent/previews/", "agent/contract/", "agent/seats/seat.ts", "agent/seats/calls/"],
    ...["agent/seats/splice.ts", "agent/system-calls.ts"],
  ],
  "agent/ports/": [
    "agent/ports/",
    "agent/contract/",
    "agent/seats/seat.ts",
    "agent/seats/calls/",
    "agent/plain-page.ts",
    "agent/problem-answer.ts",
  ],
  // A page that stands by itself, and the answer that has one.
  "agent/plain-page.ts": [],
  "agent/problem-answer.ts": ["agent/plain-page.ts", "agent/contract/"],
  "agent/api/": [
    ...["agent/api/", "agent/contract/", "agent/definition/", "agent/seats/", "agent/machine/documents.ts"],
    ...["agent/engine/memory.ts", "agent/engine/change.ts", "agent/rows.ts", "agent/sockets.ts", "agent/config.ts"],
  ],
  "agent/project/": [
    ...["agent/project/", "agent/contract/", "agent/definition/", "agent/machine/documents.ts"],
    ...["agent/seats/manager.ts", "agent/files/syscalls.ts", "agent/files/entries.ts", "agent/system-calls.ts"],
  ],
  "agent/front/": ["agent/front/", "agent/contract/"],
  // The streams between a seat's sockets and ours.
  "agent/relay/": [
    ...["agent/relay/", "agent/contract/"],
    ...["agent/seats/seat.ts", "agent/seats/splice.ts", "agent/seats/socket-stream.ts"],
  ],
  "agent/": ["agent/"],
  "agent/main.ts": ["agent/", "views/assets.ts"],
  "views/": ["views/"],
  "views/client/": ["views/client/", "agent/contract/"],
  "provision/": ["provision/", "agent/contract/"],
  "gateway/": ["gateway/", "views/", "provision/cloud.ts", "agent/contract/", "agent/definition/"],
  "gateway/main.ts": ["gateway/", "views/", "provision/", "agent/contract/", "agent/definition/"],
  "scripts/": ["scripts/", "agent/", "gateway/", "views/", "provision/", "test/support/"],
};

/** Rooms inside the big rooms: what a path prefix may not import, though the big room may. */
const MAY_NOT_IMPORT: Record<string, string[]> = {
  "agent/seats/docker/": ["agent/seats/process/"],
  "agent/seats/process/": ["agent/seats/docker/"],
  "agent/server.ts": ["agent/seats/", "agent/terminals/", "agent/files/", "agent/previews/", "agent/machine/"],
  "gateway/routes/": ["gateway/db/", "gateway/agents/", "gateway/workshops/store.ts", "gateway/workshops/drive.ts"],
  "gateway/db/": ["gateway/routes/", "gateway/agents/", "gateway/people/", "gateway/tokens/"],
  "gateway/people/": ["gateway/routes/", "gateway/workshops/", "gateway/agents/"],
  "gateway/tokens/": ["gateway/routes/", "gateway/workshops/", "gateway/agents/", "gateway/people/"],
  "gateway/workshops/": ["gateway/routes/", "gateway/app.ts", "gateway/gateway.ts", "gateway/main.ts"],
  "provision/certificates/": ["provision/local/"],
  "views/parts/": ["views/pages/", "views/layout.tsx"],
  "views/client/shared/": ["views/client/workspace/", "views/client/portal/", "views/client/join/", "views/client/check/"],
  "views/client/workspace/": ["views/client/portal/", "views/client/join/", "views/client/check/"],
  "views/client/portal/": ["views/client/workspace/", "views/client/join/", "views/client/check/"],
  "views/client/join/": ["views/client/workspace/", "views/client/portal/", "views/client/check/"],
  "views/client/check/": ["views/client/workspace/", "views/client/portal/", "views/client/join/"],
};

/** What decides and does nothing: the same answer for the same question, so that a table can test it. */
const PURE = [
  "agent/definition/",
  "agent/interfaces/",
  "agent/project/document.ts",
  "agent/seats/claude/",
  "agent/seats/decide.ts",
  "agent/seats/docker/connect/tunnels/refused.ts",
  "agent/seats/docker/layers/layers.ts",
  "agent/seats/docker/request.ts",
  "agent/seats/plan.ts",
  "agent/seats/process/request.ts",
  "gateway/workshops/change-steps.ts",
  "gateway/workshops/changes.ts",
  "gateway/workshops/checks/show.ts",
  "gateway/workshops/costs.ts",
  "gateway/workshops/llm/show.ts",
  "gateway/workshops/machines-most.ts",
  "gateway/workshops/moves.ts",
  "gateway/workshops/plan.ts",
  "gateway/workshops/redefine.ts",
  "gateway/workshops/show.ts",
  "gateway/workshops/seat-steps.ts",
  "gateway/workshops/shared-steps.ts",
  "gateway/workshops/steps.ts",
  "gateway/workshops/times.ts",
  "gateway/workshops/workshop.ts",
  "provision/gce/costs.ts",
  "views/client/check/words.ts",
  "views/client/workspace/seat/words.ts",
];
/** Packages with which nothing can be done to the world. */
const HARMLESS = ["@sinclair/typebox", "node:crypto", "node:path", "yaml"];

test("rooms import only the rooms they may", async () => {
  expect(files.length).toBeGreaterThan(10);
  const broken: string[] = [];
  for (const file of files) {
    const allowed = MAY_IMPORT[roomOf(file)] ?? [];
    for (const target of await importsOf(file)) {
      if (!allowed.some((prefix) => target.startsWith(prefix))) broken.push(`${file} imports ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test("rooms inside rooms keep to themselves", async () => {
  const broken: string[] = [];
  for (const [room, never] of Object.entries(MAY_NOT_IMPORT)) {
    const inside = files.filter((file) => file.startsWith(room));
    expect(inside, room).not.toEqual([]);
    for (const file of inside)
      for (const target of await importsOf(file))
        if (never.some((prefix) => target.startsWith(prefix))) broken.push(`${file} imports ${target}`);
  }
  for (const file of files.filter((one) => /^agent\/seats\/[^/]+$/.test(one)))
    for (const target of await importsOf(file))
      if (/^agent\/seats\/(docker|process)\//.test(target)) broken.push(`${file} imports ${target}`);
  expect(broken).toEqual([]);
});

test("what is pure brings nothing along that isn't", async () => {
  const broken: string[] = [];
  for (const file of files.filter((one) => PURE.some((prefix) => one.startsWith(prefix))))
    for (const target of await sentWith(file)) {
      for (const name of await packagesOf(target)) if (!HARMLESS.includes(name)) broken.push(`${file} → ${target} → ${name}`);
      if (/\bBun\.(spawn|file|write|connect|listen|serve)|\bfetch\(|\bprocess\.env/.test(await textOf(target)))
        broken.push(`${file} → ${target} does something`);
    }
  expect(broken).toEqual([]);
});

test("no circle: whatever a file imports doesn't lead back to it, by types neither", async () => {
  const circles: string[] = [];
  const done = new Set<string>();
  async function follow(file: string, way: readonly string[]): Promise<void> {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (way.includes(file) || done.has(file)) return;
    for (const target of await importsOf(file)) await follow(target, [...way, file]);
    done.add(file);
  }
  for (const file of files) await follow(file, []);
  expect(circles).toEqual([]);
});

test("the name of an import stands there as it is", async () => {
  const hidden: string[] = [];
  for (const file of files) if (await computesImports(file)) hidden.push(file);
  // The editor's address is known when its assets are built.
  expect(hidden).toEqual(["views/client/workspace/editor/monaco-load.ts"]);
});

test("every room of the agent stands in the table: what hangs below `agent/` itself is files only", () => {
  expect(files.filter((file) => roomOf(file) === "agent/" && file.split("/").length > 2)).toEqual([]);
});

test("a browser is sent no package by way of the contract: of its files with packages it knows types only", async () => {
  const broken: string[] = [];
  for (const file of files.filter((one) => one.startsWith("views/client/"))) {
    for (const target of await sentWith(file)) {
      if (!target.startsWith("views/client/"))
        for (const name of await packagesOf(target)) broken.push(`${file} is sent with ${target}, and that with ${name}`);
    }
  }
  expect(broken).toEqual([]);
  expect(await packagesOf("agent/contract/machine.ts")).toEqual(["@sinclair/typebox"]);
  expect(await packagesOf("agent/contract/hello.ts")).toEqual(["node:crypto"]);
  expect([...(await sentWith("agent/contract/terminal.ts"))]).toContain("agent/contract/few-words.ts");
});

test("nobody re-exports another file's names", async () => {
  const barrels: string[] = [];
  for (const file of files) {
    if (/^export (\*|\{[^}]*\}) from/m.test(await textOf(file))) barrels.push(file);
  }
  expect(barrels).toEqual([]);
});

function roomOf(file: string): string {
  return Object.keys(MAY_IMPORT)
    .filter((prefix) => file.startsWith(prefix))
    .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), "");
}
