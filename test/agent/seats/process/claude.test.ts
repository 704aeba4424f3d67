import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setClaude } from "../../../../agent/seats/process/claude.ts";
import { type Place, placesOf } from "../../../../agent/seats/process/place.ts";
import { sh } from "../../../support/sh.ts";

const ports = { cdpPort: 4001, relayPort: 4002 };
let directory: string;
let place: Place;
let settings: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "ct-cli-"));
  place = placesOf(directory, "clarateach-ws-cli", [join(directory, "a/b")]).of(1);
  settings = join(place.home, ".claude/settings.json");
  await sh("mkdir", "-p", place.home, place.workspace);
});
afterEach(() => rmSync(directory, { recursive: true }));

const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const change = (with_: object) => writeFileSync(settings, JSON.stringify({ ...json(settings), ...with_ }));

test("a fresh home has the CLI's settings, its server for the seat's browser, and no question left; the learner's alone to read", async () => {
  await setClaude(place, { models: ["claude-haiku-4-5"] }, ports);
  expect(json(settings)).toMatchObject({
    env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:4002", DISABLE_UPDATES: "1" },
    model: "claude-haiku-4-5",
    permissions: { defaultMode: "acceptEdits" },
  });
  const own = json(join(place.home, ".claude.json"));
  expect(own).toMatchObject({ hasCompletedOnboarding: true, projects: { "/": { hasTrustDialogAccepted: true } } });
  expect(own.mcpServers.playwright).toMatchObject({ command: "playwright-mcp" });
  expect(own.mcpServers.playwright.args).toContain("http://127.0.0.1:4001");
  for (const path of [settings, join(place.home, ".claude.json")]) expect(statSync(path).mode & 0o077).toBe(0);
});

test("what she changed stays, what is as it was follows the workshop", async () => {
  await setClaude(place, {}, ports);
  change({ model: "claude-opus-5-5", theme: "light" });
  await setClaude(place, { permissions: "ask", models: ["claude-haiku-4-5"] }, ports);
  expect(json(settings)).toMatchObject({
    model: "claude-opus-5-5",
    theme: "light",
    permissions: { defaultMode: "default" },
    availableModels: ["claude-haiku-4-5"],
  });
  await setClaude(place, { permissions: "ask" }, ports);
  expect(json(settings)).not.toHaveProperty("availableModels");
});

test("what she took out stays out", async () => {
  await setClaude(place, {}, ports);
  const { permissions, ...rest } = json(settings);
  expect(permissions).toBeDefined();
  writeFileSync(settings, JSON.stringify(rest));
  await setClaude(place, { permissions: "ask" }, ports);
  expect(json(settings)).not.toHaveProperty("permissions");
});

test("a file of the CLI's that is there stays as it is, settings that are none too", async () => {
  await setClaude(place, {}, ports);
  writeFileSync(join(place.home, ".claude.json"), '{"mine":1}');
  writeFileSync(settings, "{ half");
  await setClaude(place, { permissions: "ask" }, ports);
  expect(json(join(place.home, ".claude.json"))).toEqual({ mine: 1 });
  expect(readFileSync(settings, "utf8")).toBe("{ half");
});

test("a named pipe or a link in its place holds nobody up and is not followed", async () => {
  await setClaude(place, {}, ports);
  rmSync(settings);
  await sh("mkfifo", settings);
  await setClaude(place, { permissions: "ask" }, ports);
  expect(statSync(settings).isFIFO()).toBe(true);
  rmSync(settings);
  const outside = join(directory, "outside.json");
  writeFileSync(outside, "{}");
  symlinkSync(outside, settings);
  await setClaude(place, { permissions: "edits" }, ports);
  expect(readFileSync(outside, "utf8")).toBe("{}");
  expect(existsSync(`${settings}.part`)).toBe(false);
  rmSync(settings);
  symlinkSync(outside, `${settings}.part`);
  await setClaude(place, { permissions: "ask" }, ports);
  expect(readFileSync(outside, "utf8")).toBe("{}");
  await sh("mkfifo", `${settings}.part`);
  await setClaude(place, { permissions: "edits" }, ports);
  expect(statSync(settings).isFile()).toBe(true);
});

test("settings that are nested without end stay as they are: written with indentation they would fill the disk", async () => {
  await setClaude(place, {}, ports);
  const deep = `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`;
  writeFileSync(settings, deep);
  await setClaude(place, { permissions: "ask" }, ports);
  expect(statSync(settings).size).toBe(deep.length);
});

test("a link or a file where the settings' directory should be leads nowhere and fails nothing", async () => {
  const [kept, outside] = [join(place.home, ".claude"), join(directory, "outside")];
  await sh("mkdir", outside);
  symlinkSync(outside, kept);
  await setClaude(place, {}, ports);
  expect(readdirSync(outside)).toEqual([]);
  rmSync(kept);
  writeFileSync(kept, "mine");
  await setClaude(place, { permissions: "ask" }, ports);
  expect(readFileSync(kept, "utf8")).toBe("mine");
});
