import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placeOf } from "../../../../../agent/contract/projects.ts";
import { mountProject, unmountProject } from "../../../../../agent/seats/docker/disk/project.ts";
import { OWNER, type ProjectFolder, projectFolder } from "../../../../support/project.ts";

describe.skipIf(process.getuid?.() !== 0)("a project in another one, whose learner renames what is in that (needs root)", () => {
  let around: ProjectFolder;
  let room: string;
  beforeEach(() => {
    around = projectFolder();
    around.write("in/sub/own", "");
    around.write("other/sub/others", "");
    room = mkdtempSync(join(tmpdir(), "ct-mounted-"));
  });
  afterEach(async () => {
    await unmountProject(paths());
    rmSync(room, { recursive: true });
    around.remove();
  });

  const at = (path: string) => join(around.directory, path);
  const paths = () => ({ inner: join(room, "project/inner"), mount: join(room, "project/mount") });
  const mount = (directory = at("in/sub")) => mountProject(paths(), { directory, owner: OWNER });
  const refused = async () => {
    await expect(mount()).rejects.toThrow(`"${at("in/sub")}" leads elsewhere than when it was launched: a link is on the way.`);
    expect(existsSync(join(paths().inner, "others"))).toBe(false);
  };

  test("is mounted as it is, and stays so", async () => {
    await mount();
    for (const path of Object.values(paths())) expect(readdirSync(path)).toEqual(["own"]);
    await mount();
    writeFileSync(at("in/sub/more"), "");
    expect(readdirSync(paths().mount).sort()).toEqual(["more", "own"]);
  });

  test("isn't mounted from where a link leads, in its own place or on the way", async () => {
    renameSync(at("in/sub"), at("in/was"));
    symlinkSync(at("other/sub"), at("in/sub"));
    await refused();
    rmSync(at("in/sub"));
    renameSync(at("in/was"), at("in/sub"));
    await mount();
    renameSync(at("in"), at("was"));
    symlinkSync("other", at("in"));
    await refused();
  });

  test("is what was opened, though it is another's place by then", async () => {
    await mount();
    renameSync(at("in/sub"), at("in/was"));
    await expect(mount()).rejects.toThrow("missing-project: there is no directory");
    mkdirSync(at("in/sub"));
    await expect(mount()).rejects.toThrow("belongs to uid 0 now");
    chownSync(at("in/sub"), OWNER.uid, OWNER.gid);
    await mount();
    expect(readdirSync(paths().inner)).toEqual([]);
  });

  test("is launched by whatever link its operator goes: its place is noted without", async () => {
    symlinkSync(at("in"), join(room, "link"));
    const { project } = placeOf(join(room, "link/sub"), {});
    expect(project).toBe(at("in/sub"));
    await mount(project);
    expect(readdirSync(paths().inner)).toEqual(["own"]);
  });
});
