import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RELAY_PORT } from "../../../contract/llm.ts";
import { mcpServers } from "../../cli/mcp.ts";
import { cliSettings } from "../../cli/settings.ts";
import type { DockerHost } from "../docker-host.ts";
import { CDP_PORT, WORKSPACE } from "../names.ts";

/** Where the CLI looks for what its user can't change. A directory is mounted there: of a file, a seat that runs would keep the old one. */
export const MANAGED = "/etc/claude-code";

/** As the SDKs link them; by their paths, for the learner may have another Node, found first. */
const PLAYWRIGHT = ["/usr/local/bin/node", "/usr/local/bin/playwright-mcp"] as const;

/** Each file is replaced whole: sessions that run read it again within seconds, and half of one would be an error in all of them. */
export async function writeCliFiles(host: DockerHost, seat: number): Promise<void> {
  const { cli: directory } = host.paths(seat);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const wish = host.given.cli?.(seat) ?? {};
  const settings = cliSettings(wish, { baseUrl: `http://127.0.0.1:${RELAY_PORT}`, workspace: WORKSPACE });
  const servers = mcpServers({ command: PLAYWRIGHT, cdpUrl: `http://127.0.0.1:${CDP_PORT}`, workspace: WORKSPACE });
  await putWhole(join(directory, "managed-mcp.json"), servers);
  await putWhole(join(directory, "managed-settings.json"), settings);
}

async function putWhole(path: string, value: object): Promise<void> {
  const part = `${path}.part`;
  await writeFile(part, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o644 });
  await rename(part, path);
}
