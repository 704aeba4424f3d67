import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { OwnSdks } from "./layered.ts";

/** Whoever has files in a project of the tests: Debian's `games`, as whom nobody works. */
export const OWNER = { uid: 5, gid: 60 } as const;
/** Of the project's directory, whose owner isn't in it: Debian's `adm`. */
const STRANGE_GROUP = 4;

/** A directory with a workshop.yaml, of somebody who isn't root. */
export interface ProjectFolder {
  directory: string;
  /** Its owner writes a file. */
  write(path: string, text: string, mode?: number): void;
  remove(): void;
}

export function projectFolder(owner: { uid: number; gid: number } = OWNER): ProjectFolder {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "ct-project-")));
  chownSync(directory, owner.uid, owner.uid === 0 ? owner.gid : STRANGE_GROUP);
  return {
    directory,
    write(path, text, mode = 0o644) {
      const at = join(directory, path);
      for (const folder of foldersOf(path)) {
        mkdirSync(join(directory, folder), { recursive: true });
        chownSync(join(directory, folder), owner.uid, owner.gid);
      }
      writeFileSync(at, text, { mode });
      chownSync(at, owner.uid, owner.gid);
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A workshop.yaml with these SDKs, whose folders lie in `.workshop`. */
export function writeWorkshop(
  folder: ProjectFolder,
  name: string,
  sdks: OwnSdks,
  { file = "workshop.yaml", more = "" } = {},
): void {
  const listed = Object.keys(sdks).map((sdk) => `  - name: project-${sdk}\n`);
  folder.write(file, `name: ${name}\nbase: debian@12\nsdks:\n  - name: system\n${listed.join("")}${more}`);
  for (const [sdk, files] of Object.entries(sdks)) {
    folder.write(`.workshop/${sdk}/sdk.yaml`, `name: ${sdk}\n`);
    for (const [path, text] of Object.entries(files)) folder.write(`.workshop/${sdk}/${path}`, text, 0o755);
  }
}

function foldersOf(path: string): string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [...foldersOf(parent), parent];
}
