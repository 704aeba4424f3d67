import { expect, test } from "bun:test";
import type { FileEntry } from "../../../../../agent/contract/files.ts";
import { TreeModel } from "../../../../../views/client/workspace/files/tree-model.ts";

const entry = (path: string, is_directory = false): FileEntry => ({
  name: path.slice(path.lastIndexOf("/") + 1),
  path: `/workspace/${path}`,
  is_directory,
  size: 0,
  modified_at: "2026-11-22T08:00:00Z",
});
const shown = (model: TreeModel) => model.rows().map(({ entry: { path }, level }) => `${level} ${path.slice(11)}`);

test("folders come first, then names as people read them", () => {
  const model = new TreeModel();
  model.set("/workspace", [entry("file10"), entry("B"), entry("file9"), entry("a"), entry("z", true)]);
  expect(shown(model)).toEqual(["1 z", "1 a", "1 B", "1 file9", "1 file10"]);
});

test("an expanded folder shows what is in it, one level deeper, and is watched while it is seen", () => {
  const model = new TreeModel();
  model.set("/workspace", [entry("a", true)]);
  model.set("/workspace/a", [entry("a/b", true)]);
  model.set("/workspace/a/b", [entry("a/b/c")]);
  model.expand("/workspace/a");
  model.expand("/workspace/a/b");
  expect(shown(model)).toEqual(["1 a", "2 a/b", "3 a/b/c"]);
  model.collapse("/workspace/a");
  expect(shown(model)).toEqual(["1 a"]);
  expect(model.expanded()).toEqual(["/workspace"]);
});

test("a folder that vanished is forgotten with all below; a new one of its name starts collapsed", () => {
  const model = new TreeModel();
  model.set("/workspace", [entry("a", true)]);
  model.set("/workspace/a", [entry("a/b", true)]);
  model.expand("/workspace/a");
  model.expand("/workspace/a/b");
  model.set("/workspace", []);
  model.set("/workspace", [entry("a", true)]);
  expect(shown(model)).toEqual(["1 a"]);
  expect(model.isListed("/workspace/a")).toBe(false);
});

test("a cut listing says how many it left out", () => {
  const model = new TreeModel();
  model.set("/workspace", [entry("a")], 100_000);
  expect(model.hidden()).toEqual([{ folder: "/workspace", count: 99_999 }]);
});
