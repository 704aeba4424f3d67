import { describe, expect, test } from "bun:test";
import { mcpServers } from "../../../../agent/seats/claude/mcp.ts";
import { CLAUDE_SEED } from "../../../../agent/seats/claude/seed.ts";
import { type ClaudeWish, claudeSettings } from "../../../../agent/seats/claude/settings.ts";

const SEAT = { baseUrl: "http://127.0.0.1:52", workspace: "/workspace" };
// biome-ignore lint/suspicious/noExplicitAny: a file of another program's
const settings = (wish: ClaudeWish = {}): any => JSON.parse(JSON.stringify(claudeSettings(wish, SEAT)));

describe("the settings of a seat's CLI", () => {
  test("whatever the workshop says, no other host is asked and no classifier runs on the instructor's key", () => {
    for (const permissions of [undefined, "ask", "edits", "everything"] as const) {
      const { env, permissions: allowed } = settings({ ...(permissions && { permissions }) });
      expect(env).toMatchObject({
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
        DISABLE_UPDATES: "1",
        ANTHROPIC_BASE_URL: SEAT.baseUrl,
      });
      expect(allowed.disableAutoMode).toBe("disable");
    }
  });

  test("edits and Playwright's tools pass by default; `ask` lets nothing pass, `everything` all", () => {
    expect(settings().permissions).toMatchObject({ defaultMode: "acceptEdits", allow: ["mcp__playwright__*"] });
    expect(settings({ permissions: "edits" })).toEqual(settings());
    expect(settings({ permissions: "ask" }).permissions).toMatchObject({ defaultMode: "default" });
    expect(settings({ permissions: "ask" }).permissions.allow).toBeUndefined();
    expect(settings({ permissions: "everything" })).toMatchObject({
      permissions: { defaultMode: "acceptEdits", allow: expect.arrayContaining(["Bash", "WebFetch", "mcp__playwright__*"]) },
    });
  });

  test("without a list of models the learner may take any, and begins with the cheapest that teaches well", () => {
    expect(settings().model).toBe("sonnet");
    expect(settings()).not.toHaveProperty("availableModels");
    expect(settings({ models: [] })).toEqual(settings());
  });

  test("a list is enforced, and neither the first prompt nor the CLI's own questions go beyond it", () => {
    const two = settings({ models: ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5"] });
    expect(two).toMatchObject({ model: "claude-sonnet-5-5", enforceAvailableModels: true });
    expect(two.env.ANTHROPIC_DEFAULT_HAIKU_MODEL).toBe("claude-haiku-4-5");
    const own = settings({ models: ["llama-70b", "llama-8b"] });
    expect(own).toMatchObject({ model: "llama-70b", availableModels: ["llama-70b", "llama-8b"] });
    expect(own.env.ANTHROPIC_DEFAULT_HAIKU_MODEL).toBe("llama-70b");
  });

  test("the page's language, and none where it says none", () => {
    expect(settings({ language: "German" }).language).toBe("German");
    expect(settings()).not.toHaveProperty("language");
  });
});

test("the MCP server drives the seat's own browser and leaves its pictures in the workspace", () => {
  const servers = mcpServers({ command: ["node", "cli.js"], cdpUrl: "http://localhost:9222", workspace: "/workspace" });
  expect(servers).toEqual({
    mcpServers: {
      playwright: {
        type: "stdio",
        command: "node",
        args: ["cli.js", "--cdp-endpoint", "http://localhost:9222", "--output-dir", "/workspace/browser"],
      },
    },
  });
});

test("a new home's first file answers every question of the CLI's first start", () => {
  expect(JSON.parse(CLAUDE_SEED)).toEqual({
    hasCompletedOnboarding: true,
    projects: { "/": { hasTrustDialogAccepted: true } },
  });
});
