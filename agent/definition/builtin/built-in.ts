import type { SdkContent, SdkFile } from "../content.ts";
import browserHook from "./browser/hooks/setup-base" with { type: "text" };
import browser from "./browser/sdk.yaml" with { type: "text" };
import claudeCodeHook from "./claude-code/hooks/setup-base" with { type: "text" };
import claudeCode from "./claude-code/sdk.yaml" with { type: "text" };
import nodeHook from "./node/hooks/setup-base" with { type: "text" };
import npmrc from "./node/npmrc" with { type: "text" };
import node from "./node/sdk.yaml" with { type: "text" };
import { BROWSER_LINKS, BROWSER_PACKAGES, CLAUDE_LINKS, CLAUDE_PACKAGES, NODE_LINKS, NODE_PACKAGES } from "./packages.ts";
import pythonHook from "./python/hooks/setup-base" with { type: "text" };
import python from "./python/sdk.yaml" with { type: "text" };
import workshopctl from "./system/bin/workshopctl" with { type: "text" };
import systemHook from "./system/hooks/setup-base" with { type: "text" };
import system from "./system/sdk.yaml" with { type: "text" };

/** An SDK inside the executable: these are the only copies of its files. */
export interface BuiltInSdk extends SdkContent {
  /** Its sdk.yaml. */
  text: string;
}

const builtIn = (name: string, text: string, setupBase: string, more: Partial<SdkContent> = {}): BuiltInSdk => ({
  ...{ name, text, links: [], packages: [], ...more },
  files: [
    { path: "sdk.yaml", mode: 0o644, content: text },
    { path: "hooks/setup-base", mode: 0o755, content: setupBase },
    ...(more.files ?? []),
  ],
});

/** npm reads it before all others, from its own directory. */
const NPM_SETTINGS: SdkFile = { path: "lib/node_modules/npm/npmrc", mode: 0o644, content: npmrc };

export const BUILT_IN_SDKS: readonly BuiltInSdk[] = [
  builtIn("system", system, systemHook, { files: [{ path: "bin/workshopctl", mode: 0o755, content: workshopctl }] }),
  builtIn("node", node, nodeHook, { packages: NODE_PACKAGES, links: NODE_LINKS, files: [NPM_SETTINGS] }),
  builtIn("python", python, pythonHook),
  builtIn("claude-code", claudeCode, claudeCodeHook, { packages: CLAUDE_PACKAGES, links: CLAUDE_LINKS }),
  builtIn("browser", browser, browserHook, { packages: BROWSER_PACKAGES, links: BROWSER_LINKS }),
];
