import { afterAll, expect, test } from "bun:test";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootDocument, placeOf } from "../../../agent/contract/projects.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-project-"));
afterAll(() => rmSync(directory, { recursive: true }));

test.skipIf(process.getuid?.() !== 0).each([
  ["a user is in the group that is hers, not in the directory's", [5, 4], { uid: 5, gid: 60 }],
  ["one that nobody knows here is in none of this computer's", [4321, 4], { uid: 4321 }],
  ["root's directory is nobody's in particular", [0, 4], undefined],
] as const)("programs of a project: %s", (_, [uid, gid], owner) => {
  chownSync(directory, uid, gid);
  expect(bootDocument(placeOf(directory, {})).project?.owner).toEqual(owner);
});
