import { afterAll, expect, test } from "bun:test";
import { linkSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT_COMMAND } from "../../support/agent.ts";
import { projectFolder, writeWorkshop } from "../../support/project.ts";

const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const project = projectFolder(me);
const room = mkdtempSync(join(tmpdir(), "ct-projects-"));
afterAll(() => {
  project.remove();
  rmSync(room, { recursive: true });
});

async function failure(...argv: string[]): Promise<string> {
  const env = { ...process.env, CLARATEACH_PROJECTS: room };
  const child = Bun.spawn([...AGENT_COMMAND, ...argv], { cwd: project.directory, env, stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  return said;
}

const HOSTILE = "\x1b]0;title\x07\x9b2J\b\r\nIt is there already.";
const ONE_LINE = /^[^\0-\x1f\x7f-\x9f]+\n$/;

test("a file's name in a project acts on no terminal of whoever launches it, and makes no line there", async () => {
  writeWorkshop(project, "dev", { notes: {} });
  project.write("one", "");
  linkSync(join(project.directory, "one"), join(project.directory, ".workshop/notes", HOSTILE));
  const said = await failure("launch");
  expect(said).toContain("is a second name of another file");
  expect(said).toMatch(ONE_LINE);
});

test("nor does any other in what couldn't be done, whoever's words it has", async () => {
  const said = await failure("clear", "--machine", join(project.directory, "\x1b[2J\x9b2J\x07"));
  expect(said).toContain("ENOENT");
  expect(said).toMatch(ONE_LINE);
});
