import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RELAY_PORT } from "../../../contract/llm.ts";
import { mcpServers } from "../../claude/mcp.ts";
import { claudeSettings } from "../../claude/settings.ts";
import type { DockerHost } from "../docker-host.ts";
import { CDP_PORT, WORKSPACE } from "../names.ts";

/** Where the CLI looks for what its user can't change. A directory is mounted there: of a file, a seat that runs would keep the old one. */
export const MANAGED = "/etc/claude-code";

/** As the SDKs link them; by their paths, for the learner may have another Node, found first. */
const PLAYWRIGHT = ["/usr/local/bin/node", "/usr/local/bin/playwright-mcp"] as const;

/** The SDK that brings Playwright's server. */
const BROWSER = "browser";

/** Replaced whole: sessions that run read it again within seconds, and half of it would be an error in all of them. */
export async function writeClaudeSettings(host: DockerHost, seat: number): Promise<void> {
  const wish = host.given.cli?.(seat) ?? {};
  const settings = claudeSettings(wish, { baseUrl: `http://127.0.0.1:${RELAY_PORT}`, workspace: WORKSPACE });
  await putWhole(await directoryOf(host, seat), "managed-settings.json", settings);
}

/**
 * The CLI takes no other server beside managed ones: a class whose definition leaves the browser's out may add its own.
 * @param sdks that the seat has, by name
 */
export async function writeMcpServers(host: DockerHost, seat: number, sdks: readonly string[]): Promise<void> {
  const [directory, name] = [await directoryOf(host, seat), "managed-mcp.json"];
  if (!sdks.includes(BROWSER)) return rm(join(directory, name), { force: true });
  const cdpUrl = `http://127.0.0.1:${CDP_PORT}`;
  await putWhole(directory, name, mcpServers({ command: PLAYWRIGHT, cdpUrl, workspace: WORKSPACE }));
}

/** Only root writes there, whatever this process' umask says. */
async function directoryOf(host: DockerHost, seat: number): Promise<string> {
  const { cli } = host.paths(seat);
  await mkdir(cli, { recursive: true });
  await chmod(cli, 0o755);
  return cli;
}

async function putWhole(directory: string, name: string, value: object): Promise<void> {
  const part = join(directory, `${name}.part`);
  await writeFile(part, `${JSON.stringify(value, null, 2)}\n`);
  await chmod(part, 0o644);
  await rename(part, join(directory, name));
}
