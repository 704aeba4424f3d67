import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellStart } from "../../../agent/seats/shell-start.ts";

test("who types claude on a seat without it reads why and whom to ask; any other word is missing as everywhere", async () => {
  const home = await mkdtemp(join(tmpdir(), "ct-shell-"));
  await writeFile(join(home, ".bashrc"), shellStart(1));
  const says = async (word: string): Promise<[code: number, text: string]> => {
    const shell = Bun.spawn(["bash", "--rcfile", join(home, ".bashrc"), "-i", "-c", word], {
      ...{ env: { PATH: "/usr/bin:/bin", HOME: home, WORKSPACE: home }, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    });
    return [await shell.exited, await new Response(shell.stderr).text()];
  };
  const [code, text] = await says("claude");
  expect(code).toBe(127);
  expect(text).toContain("Claude isn't on this seat");
  expect(text).toContain("Ask your instructor.");
  expect(await says("cluade")).toEqual([127, expect.stringContaining("cluade: command not found")]);
  await rm(home, { recursive: true });
});
