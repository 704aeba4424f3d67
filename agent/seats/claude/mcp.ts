/** Where the seat's Playwright is, and what it drives. */
export interface McpSeat {
  /** Program and arguments that start `@playwright/mcp`. */
  command: readonly [string, ...string[]];
  /** Of the seat's browser. */
  cdpUrl: string;
  /** The learner's. */
  workspace: string;
}

/**
 * Pictures without a name of their own land there, with what the server writes down of each page. One with a name lands where Claude says,
 * below the directory in which it was started.
 */
const PICTURES = "browser";

/** The MCP servers of a seat's CLI, as an object for JSON: `playwright` drives the browser that the learner sees in the preview. */
export function mcpServers({ command: [command, ...args], cdpUrl, workspace }: McpSeat): object {
  const options = ["--cdp-endpoint", cdpUrl, "--output-dir", `${workspace}/${PICTURES}`];
  return { mcpServers: { playwright: { type: "stdio", command, args: [...args, ...options] } } };
}
