import { expect, test } from "bun:test";
import { packagesIn } from "../../../scripts/packages-in.ts";

const root = new URL("../../..", import.meta.url).pathname;
/** What stands on the executable's own pages: `name version (licence)`, address, a blank line, the texts. */
const NOTICE = /^={80}\n(\S+) (\S+) \(([^)\n]+)\)?[^\n]*\n(\S*)\n={80}\n/m;

/** Title by package → the licence's text. */
function noticesOf(printed: string): Map<string, { version: string; text: string }> {
  const parts = printed.split(NOTICE).slice(1);
  const found = new Map<string, { version: string; text: string }>();
  for (let i = 0; i < parts.length; i += 5) found.set(parts[i] ?? "", { version: parts[i + 1] ?? "", text: parts[i + 4] ?? "" });
  return found;
}

test("the executable prints the licence of everything that is compiled into it: program, pages and Bun", async () => {
  const printed = Bun.spawnSync([`${root}dist/clarateach-agent`, "licences"]).stdout.toString();
  const notices = noticesOf(printed);
  const program = await Bun.build({ entrypoints: [`${root}agent/main.ts`], root, target: "bun", metafile: true });
  const inside = [...packagesIn(program.metafile), ...((await Bun.file(`${root}dist/packages.json`).json()) as string[]), "Bun"];
  expect(inside).toContain("pino");
  expect(inside).toContain("monaco-editor");
  expect(inside).toContain("htmx.org");
  expect([...notices.keys()].sort()).toEqual([...new Set(inside)].sort());
  for (const [name, { text }] of notices)
    expect(`${name}: ${text.trim().slice(0, 200_000)}`).toMatch(/licen[cs]e|copyright|permission/i);
  const { version } = await Bun.file(`${root}node_modules/jose/package.json`).json();
  expect(notices.get("jose")).toEqual({ version, text: expect.stringContaining("Permission is hereby granted, free of charge") });
  expect(notices.get("Bun")?.text).toContain("JavaScriptCore");
});

test("the account of a bundle names packages in packages too, and nothing of ours", () => {
  const inputs = Object.fromEntries(
    ["agent/main.ts", "node_modules/a/index.js", "node_modules/@s/b/x/y.js", "node_modules/a/node_modules/c/index.js"].map(
      (path) => [path, { bytes: 1, imports: [] }],
    ),
  );
  expect(packagesIn({ inputs, outputs: {} })).toEqual(["a", "@s/b", "a/node_modules/c"]);
});

test("whoever reads only the beginning sees no error", () => {
  const line = ["bash", "-c", 'set -o pipefail; "$0" licences | head -1', `${root}dist/clarateach-agent`];
  const { stdout, stderr, exitCode } = Bun.spawnSync(line);
  expect([stdout.toString().trim(), stderr.toString(), exitCode]).toEqual([expect.stringMatching(/^=+$/), "", 0]);
});
