import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT_IN_DEFINITIONS } from "../../../../agent/definition/catalogue.ts";
import { openSeats, type SeatManager } from "../../../../agent/seats/manager.ts";
import { processRuntime } from "../../../../agent/seats/process/runtime.ts";
import { registryOf } from "../../../../agent/seats/sdks/registry.ts";
import { SdkStore } from "../../../../agent/seats/sdks/store.ts";
import { documentOf } from "../../../support/document.ts";
import { npmRegistry } from "../../../support/npm-registry.ts";
import { until } from "../../../support/until.ts";

const machine = () => `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
let directory: string;
let seats: SeatManager;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ct-tools-"));
});
afterEach(async () => {
  await seats.runtime.removeEverything();
  await seats.close();
  rmSync(directory, { recursive: true, force: true });
});

const open = async (tools: string, registry: string) => {
  const runtime = processRuntime({ path: process.env.PATH, sdks: new SdkStore(tools, registry) });
  seats = await openSeats({ directory, machine: machine(), runtime, starterPath: String });
  return seats;
};

test("a seat's shell finds Claude, Node and Playwright's server in the tools directory, before the computer's own", async () => {
  const tools = process.env.CLARATEACH_TOOLS ?? "";
  await open(tools, registryOf(undefined));
  seats.want(documentOf("clarateach-ws-abc", 1, { numbers: [1] }));
  const seat = await until("seat 1", () => seats.seat(1));
  const said = await seat.exec([
    "bash",
    "-c",
    "command -v claude node npm playwright-mcp; claude --version; node --version; npm --version",
  ]);
  expect(
    said.stdout
      .split("\n")
      .slice(0, 4)
      .every((path) => path.startsWith(`${tools}/`)),
  ).toBe(true);
  expect(said.stdout).toMatch(/^2\.1\.\d+ \(Claude Code\)\nv24\.\d+\.\d+\n11\./m);
  const settings = JSON.parse(await Bun.file(join(directory, "seats/01/home/.claude/settings.json")).text());
  expect(settings.env.ANTHROPIC_BASE_URL).toBe(`http://127.0.0.1:${seat.relayPort}`);
});

test("where the registry can't be reached seats start all the same, and what is missing is said once a tool", async () => {
  const registry = npmRegistry({});
  await open(join(directory, "tools"), registry.url);
  seats.want(documentOf("clarateach-ws-abc", 1, { numbers: [1, 2] }));
  await until("both seats", () => seats.seat(1) && seats.seat(2));
  registry.end();
  const [change] = seats.report().changes;
  const fetches = change?.tasks.filter(({ kind }) => kind === "process/retrieve-sdk") ?? [];
  expect(fetches.map(({ summary, status }) => [summary, status])).toEqual([
    ["Fetch system", "done"],
    ["Fetch node", "done"],
    ["Fetch claude-code", "done"],
    ["Fetch browser", "done"],
  ]);
  expect(fetches[1]?.log.join("\n")).toMatch(/Seats start without node: cannot fetch node-linux-\S+ 24\.\S+ from .*404/);
  // The next ones don't wait for the same silence.
  expect(registry.asked).toHaveLength(1);
});

test("a definition that plain processes can't have fails its seats with the reason, and nothing is fetched or made", async () => {
  const registry = npmRegistry({});
  await open(join(directory, "tools"), registry.url);
  const { text: definition = "" } = BUILT_IN_DEFINITIONS.find(({ name }) => name === "python") ?? {};
  seats.want(documentOf("clarateach-ws-abc", 1, { numbers: [1], definition }));
  await until("the seat to fail", () => seats.status(1) === "error");
  expect(seats.report().seats[0]?.note).toContain("This definition has python. Seats are plain processes");
  expect(await seats.runtime.found()).toEqual([]);
  expect(registry.asked).toEqual([]);
  registry.end();
});

test("a tools directory that others may write is in nobody's PATH, and that is said", async () => {
  const [tools, registry] = [join(directory, "tools"), npmRegistry({})];
  mkdirSync(tools);
  chmodSync(tools, 0o777);
  await open(tools, registry.url);
  seats.want(documentOf("clarateach-ws-abc", 1, { numbers: [1] }));
  const seat = await until("the seat", () => seats.seat(1));
  registry.end();
  expect((await seat.exec(["sh", "-c", 'echo "$PATH"'])).stdout).not.toContain(tools);
  const said = seats.report().changes[0]?.tasks.flatMap(({ log }) => log);
  expect(said?.join("\n")).toContain(`"${tools}" can be written by others than its owner`);
});
