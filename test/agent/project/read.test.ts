import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFINITION_ENTRIES_LIMIT, entriesOf } from "../../../agent/contract/definitions.ts";
import { projectAround } from "../../../agent/contract/projects.ts";
import { ProjectDirectory } from "../../../agent/project/open.ts";
import { ProjectInvalid, readWorkshops } from "../../../agent/project/read.ts";
import { OWNER, type ProjectFolder, projectFolder, writeWorkshop } from "../../support/project.ts";

const into = mkdtempSync(join(tmpdir(), "ct-read-"));
const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let project: ProjectFolder;
beforeEach(() => {
  project = projectFolder(me);
});
afterEach(() => project.remove());
afterAll(() => rmSync(into, { recursive: true, force: true }));

const read = (...names: string[]) => readWorkshops(project.directory, names.length > 0 ? names : undefined, into);
const NOTES = { notes: { "hooks/setup-base": "echo one\n" } };

async function problems(...names: string[]): Promise<string[]> {
  const error = await read(...names).catch((thrown: unknown) => thrown);
  if (!(error instanceof ProjectInvalid)) throw error;
  return error.problems.map(({ path, line, column, message }) => `${path}:${line}:${column} ${message}`);
}

test("a directory without any file of a workshop is no project, and says what to do", async () => {
  await expect(read()).rejects.toThrow("There is no workshop.yaml in");
  expect(projectAround(project.directory, {})).toBeUndefined();
  for (const file of ["workshop.yaml", ".workshop.yaml", ".workshop/dev.yaml"]) {
    project.write(file, "");
    project.write("deep/below/file", "");
    expect(projectAround(join(project.directory, "deep/below"), {})).toMatchObject({ project: project.directory });
    rmSync(join(project.directory, file));
  }
});

test("a workshop with an SDK of the project's own is read whole, and packed the same each time", async () => {
  writeWorkshop(project, "dev", NOTES, { more: "actions:\n  greet: echo hello\n" });
  const [dev] = await read();
  expect(dev).toMatchObject({ name: "dev", file: "workshop.yaml", actions: new Map([["greet", "echo hello"]]) });
  const paths = await Array.fromAsync(entriesOf({ path: join(into, dev?.archive ?? ""), name: "" }), ({ path }) => path);
  expect(paths.sort()).toEqual([
    ...["project-notes", "project-notes/hooks", "project-notes/hooks/setup-base", "project-notes/sdk.yaml", "workshop.yaml"],
  ]);
  project.write(".workshop/notes/hooks/setup-base", "echo one\n", 0o755);
  expect((await read())[0]?.archive).toBe(dev?.archive as string);
  project.write(".workshop/notes/hooks/setup-base", "echo two\n", 0o755);
  expect((await read())[0]?.archive).not.toBe(dev?.archive as string);
  expect(readdirSync(into).filter((name) => name.startsWith("."))).toEqual([]);
});

test("several workshops lie in .workshop, each called as its file; a broken one is no trouble for who names another", async () => {
  writeWorkshop(project, "one", NOTES, { file: ".workshop/one.yaml" });
  writeWorkshop(project, "two", {}, { file: ".workshop/two.yaml" });
  project.write(".workshop/three.yaml", "name: drei\nbase: debian@12\n");
  expect((await read("two", "one")).map(({ name }) => name)).toEqual(["one", "two"]);
  expect(await problems()).toEqual([
    ".workshop/three.yaml:1:1 The workshop is called “drei” here, and its file “three.yaml”. Give both the same name.",
  ]);
  await expect(read("four")).rejects.toThrow("There is no workshop “four”");
});

test("everything wrong is said at once, where its author finds it", async () => {
  writeWorkshop(project, "dev", { notes: { "hooks/setup-bsae": "true\n" } }, { more: "colour: red\n" });
  project.write(".workshop/notes/sdk.yaml", "name: nots\n");
  expect(await problems()).toEqual([
    expect.stringMatching(/^workshop.yaml:6:1 “colour” is not known here/),
    expect.stringMatching(/^.workshop\/notes\/hooks\/setup-bsae:1:1 There is no hook “setup-bsae”/),
    expect.stringMatching(/^.workshop\/notes\/sdk.yaml:1:7 /),
  ]);
  writeWorkshop(project, "dev", {}, { file: ".workshop.yaml" });
  writeWorkshop(project, "dev", {});
  expect(await problems()).toEqual([
    ".workshop.yaml:1:1 There is a workshop “dev” in workshop.yaml already. Call one of them otherwise.",
  ]);
});

test("nothing outside of the project is read, by no link and no second name", async () => {
  const secret = join(into, "secret");
  writeFileSync(secret, "name: stolen\n");
  symlinkSync(secret, join(project.directory, "workshop.yaml"));
  expect(await problems()).toEqual(["workshop.yaml:1:1 This has to be a file of text in UTF-8, and no link."]);
  rmSync(join(project.directory, "workshop.yaml"));

  writeWorkshop(project, "dev", NOTES);
  symlinkSync(into, join(project.directory, ".workshop/notes/templates"));
  expect(await problems()).toEqual([expect.stringMatching(/templates:1:1 This is a link to “\/.*”, out of the SDK's folder/)]);
  rmSync(join(project.directory, ".workshop/notes/templates"));
  linkSync(secret, join(project.directory, ".workshop/notes/key"));
  await expect(read()).rejects.toThrow("second name of another file");
});

test("a directory behind a link is not the one that was launched", async () => {
  writeWorkshop(project, "dev", {}, { file: "sub/workshop.yaml" });
  symlinkSync("sub", join(project.directory, "link"));
  for (const behind of ["link", "link/."])
    await expect(readWorkshops(join(project.directory, behind), undefined, into)).rejects.toThrow("a link is on the way");
});

test("no more is read than a definition has: by entries, bytes and depth", async () => {
  writeWorkshop(project, "dev", NOTES);
  const big = join(project.directory, ".workshop/notes/templates");
  writeFileSync(big, "");
  truncateSync(big, 200 * 1024 ** 2);
  await expect(read()).rejects.toThrow(/"\.workshop\/notes\/templates" has 209715200 bytes; 16777216 are the most here/);
  rmSync(big);

  mkdirSync(join(big, "a/".repeat(100)), { recursive: true });
  await expect(read()).rejects.toThrow('".workshop" has more than 64 folders in one another. Make it flatter.');
  rmSync(big, { recursive: true });

  mkdirSync(big);
  for (let i = 0; i <= DEFINITION_ENTRIES_LIMIT; i++) writeFileSync(join(big, String(i)), "");
  await expect(read()).rejects.toThrow('".workshop/notes/templates" has more than 10000 entries');
  // What lies beside the definition is the project's own business.
  renameSync(big, join(project.directory, "data"));
  for (const name of readdirSync(join(project.directory, "data")))
    renameSync(join(project.directory, "data", name), join(project.directory, name));
  expect(await read()).toMatchObject([{ name: "dev" }]);
});

describe.skipIf(process.getuid?.() !== 0)("what root reads for somebody else (needs root)", () => {
  beforeEach(() => {
    project.remove();
    project = projectFolder();
    writeWorkshop(project, "dev", NOTES);
  });
  const at = (path: string) => join(project.directory, path);
  const refused = (path: string) =>
    expect(read()).rejects.toThrow(`"${path}" belongs to uid 0, and uid ${OWNER.uid}, whose project this is, may not read it.`);

  test("a file of root's that was renamed into an SDK is refused, unless everybody may read it", async () => {
    writeFileSync(at("secret"), "word", { mode: 0o600 });
    renameSync(at("secret"), at(".workshop/notes/templates"));
    await refused(".workshop/notes/templates");
    chmodSync(at(".workshop/notes/templates"), 0o640);
    await refused(".workshop/notes/templates");
    rmSync(at(".workshop/notes/templates"));
    writeFileSync(at(".workshop/notes/hooks/setup-base"), "echo two\n");
    chownSync(at(".workshop/notes/hooks/setup-base"), 0, 0);
    expect(await read()).toMatchObject([{ name: "dev" }]);
    chmodSync(at("workshop.yaml"), 0o600);
    expect(await read()).toMatchObject([{ name: "dev" }]);
    chownSync(at("workshop.yaml"), 0, 0);
    await refused("workshop.yaml");
  });

  test("nor what is in a directory of root's, at whatever name and depth", async () => {
    mkdirSync(at("notes/deep"), { recursive: true });
    chmodSync(at("notes"), 0o700);
    writeFileSync(at("notes/sdk.yaml"), "name: notes\n");
    rmSync(at(".workshop"), { recursive: true });
    renameSync(at("notes"), at("project-notes"));
    await refused("project-notes");
    // Listed by whoever may, and entered by nobody.
    using directory = new ProjectDirectory(project.directory);
    expect(() => directory.list("project-notes/deep")).toThrow('"project-notes" belongs to uid 0');
    expect(() => directory.read("project-notes/sdk.yaml", 100)).toThrow('"project-notes" belongs to uid 0');
    for (const mode of [0o701, 0o704]) {
      chmodSync(at("project-notes"), mode);
      await refused("project-notes");
    }
    chmodSync(at("project-notes"), 0o705);
    expect(await read()).toMatchObject([{ name: "dev" }]);
  });

  test("a directory that somebody else's was put in the place of is refused; of root's own everything is root's", async () => {
    chownSync(project.directory, 0, 0);
    chmodSync(at("workshop.yaml"), 0o600);
    await expect(readWorkshops(project.directory, undefined, into, OWNER.uid)).rejects.toThrow("belongs to uid 0 now");
    expect(await readWorkshops(project.directory, undefined, into, 0)).toMatchObject([{ name: "dev" }]);
  });
});
