import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { mcpServers } from "../claude/mcp.ts";
import { CLAUDE_SEED } from "../claude/seed.ts";
import { type ClaudeWish, claudeSettings } from "../claude/settings.ts";
import type { Place } from "./place.ts";

/** A learner may write anything into her own file; a settings file has a few kB. */
const READ_LIMIT = 1024 * 1024;
/** Settings are four deep. Each level indents all that is in it: 60 kB of brackets are written as two gigabytes. */
const DEPTH_LIMIT = 16;

type Settings = Record<string, unknown>;

/** The seat's ways to Claude and to its browser. */
export interface ClaudePorts {
  cdpPort: number;
  relayPort?: number;
}

/**
 * The Claude CLI of one seat is set to what is wished: by the settings of the seat's own home, where nothing can be kept from its learner.
 * What she changed in there, or the CLI for her, is hers and stays. Repeatable; nothing outside the seat's directory is touched.
 */
export async function setClaude(place: Place, wish: ClaudeWish, { cdpPort, relayPort = 0 }: ClaudePorts): Promise<void> {
  const baseUrl = `http://127.0.0.1:${relayPort}`;
  const wanted = claudeSettings(wish, { baseUrl, workspace: place.workspace }) as Settings;
  const before = (await read(place.claudeSettings)) ?? {};
  const directory = join(place.home, ".claude");
  if (await isOwnDirectory(directory)) {
    const path = join(directory, "settings.json");
    const now = await read(path);
    if (now) await put(path, merged(now, before, wanted));
  }
  await put(place.claudeSettings, wanted);
  await seed(
    place,
    mcpServers({ command: ["playwright-mcp"], cdpUrl: `http://127.0.0.1:${cdpPort}`, workspace: place.workspace }),
  );
}

/** Made where it isn't there. A file or a link in its place is the learner's, who may put it there; a link leads out of her seat. */
async function isOwnDirectory(path: string): Promise<boolean> {
  await mkdir(path, { mode: 0o700 }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  return (await lstat(path)).isDirectory();
}

/** What is as we wrote it follows the wish, key by key. */
function merged(now: Settings, before: Settings, wanted: Settings): Settings {
  const keys = new Set([...Object.keys(before), ...Object.keys(wanted)]);
  const ours = [...keys].filter((key) => isDeepStrictEqual(now[key], before[key]));
  const followed = Object.fromEntries(ours.map((key) => [key, wanted[key]]));
  return { ...now, ...followed };
}

/** The CLI's own file is the learner's once it is there. */
async function seed(place: Place, servers: object): Promise<void> {
  const text = `${JSON.stringify({ ...JSON.parse(CLAUDE_SEED), ...servers })}\n`;
  await writeFile(join(place.home, ".claude.json"), text, { mode: 0o600, flag: "wx" }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** Nothing where there is none; undefined for what isn't ours to change: no settings, no file. */
async function read(path: string): Promise<Settings | undefined> {
  try {
    // A named pipe in its place must not hold us up.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const about = await file.stat();
      if (!about.isFile() || about.size > READ_LIMIT) return undefined;
      const value: unknown = JSON.parse(await file.readFile("utf8"));
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      return isObject && isFlat(value) ? (value as Settings) : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? {} : undefined;
  }
}

const isFlat = (value: unknown, levels = DEPTH_LIMIT): boolean =>
  typeof value !== "object" || value === null || (levels > 0 && Object.values(value).every((one) => isFlat(one, levels - 1)));

/** The CLI reads it again while it runs: never half of it. */
async function put(path: string, settings: Settings): Promise<void> {
  const part = `${path}.part`;
  // A learner may have put a named pipe there, or a link.
  await rm(part, { recursive: true, force: true });
  await writeFile(part, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(part, path);
}
