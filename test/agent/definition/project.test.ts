import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { entriesOf } from "../../../agent/contract/definitions.ts";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { treeDigest } from "../../../agent/definition/digest.ts";
import { type Project, readProject } from "../../../agent/definition/project.ts";
import { filesOf } from "../../../agent/definition/project-sdk.ts";
import { definitionFiles, NOTES_YAML, type Packed, packTar, packZip, WORKSHOP_YAML } from "../../support/definition.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-project-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let count = 0;

function archive(bytes: Uint8Array, name = "class.zip") {
  const path = join(directory, `${++count}`);
  writeFileSync(path, bytes);
  return { path, name };
}

const read = (bytes: Uint8Array) => readProject("class.zip", entriesOf(archive(bytes)), CATALOGUE);
const without = (name: string) => definitionFiles().filter((file) => file.name !== name);
const withText = (name: string, text: string | Buffer) => [...without(name), { name, text }];

/** Which file, `line:column` and words of each problem of an archive, all in one answer. */
const TABLE: [what: string, files: Packed[], ...problems: [path: string, at: string, words: string][]][] = [
  ["nothing that is meant", [{ name: "README.md" }], ["workshop.yaml", "1:1", "There is no workshop.yaml in class.zip."]],
  [
    "a workshop.yaml too deep",
    [{ name: "a/b/workshop.yaml", text: WORKSHOP_YAML }],
    ["workshop.yaml", "1:1", "Put it at the top"],
  ],
  [
    "two folders",
    [{ name: "a/workshop.yaml", text: WORKSHOP_YAML }, { name: "b/x" }],
    ["workshop.yaml", "1:1", "There is no workshop.yaml"],
  ],
  [
    "a missing folder",
    [{ name: "workshop.yaml", text: WORKSHOP_YAML }],
    ["workshop.yaml", "5:11", "needs its folder “project-notes” with an sdk.yaml"],
  ],
  [
    "a folder without its sdk.yaml",
    without("project-notes/sdk.yaml"),
    ["project-notes/sdk.yaml", "1:1", "Write one with a line “name: notes”"],
  ],
  [
    "problems of three files at once",
    [
      { name: "workshop.yaml", text: `${WORKSHOP_YAML}sdk: 1\n` },
      { name: "project-notes/sdk.yaml", text: "name: nots\nbase: debian@11\n" },
      { name: "project-notes/hooks/setup-base", text: "echo a\necho b\r\n" },
      { name: "project-notes/hooks/setup-bsae", text: "true\n" },
    ],
    ["workshop.yaml", "6:1", "“sdk” is not known here"],
    ["project-notes/sdk.yaml", "1:7", "is called “nots” here, and its folder project-notes"],
    ["project-notes/sdk.yaml", "2:7", "“base” is “debian@11”"],
    ["project-notes/hooks/setup-base", "2:7", "as on Windows (CR LF)"],
    ["project-notes/hooks/setup-bsae", "1:1", "There is no hook “setup-bsae”. Hooks are setup-base, setup-project"],
  ],
  [
    "a broken SDK says nothing of its plugs besides",
    [
      { name: "workshop.yaml", text: `${WORKSHOP_YAML}connections:\n  - plug: notes:gone\n    slot: :mount\n` },
      { name: "project-notes/sdk.yaml", text: "name: [\n" },
    ],
    ["project-notes/sdk.yaml", "2:1", "] or } is missing"],
  ],
  [
    "a folder's bad name",
    definitionFiles([{ name: "project-Notes/sdk.yaml", text: NOTES_YAML }]),
    ["project-Notes", "1:1", "lower-case letters"],
    ["project-Notes/sdk.yaml", "1:7", "Give both one name"],
  ],
  [
    "a file where a folder is due",
    definitionFiles([{ name: "project-x", text: "" }]),
    ["project-x", "1:1", "has to be a folder"],
    ["project-x/sdk.yaml", "1:1", "has no sdk.yaml"],
  ],
  [
    "an empty hook",
    withText("project-notes/hooks/setup-base", "\n"),
    ["project-notes/hooks/setup-base", "1:1", "The hook is empty"],
  ],
  [
    "a program for a hook",
    withText("project-notes/hooks/setup-base", Buffer.from("7f454c46ff00", "hex")),
    ["project-notes/hooks/setup-base", "1:1", "no text in UTF-8"],
  ],
  [
    "another language",
    withText("project-notes/hooks/setup-base", "#!/usr/bin/env python3\nprint(1)\n"),
    ["project-notes/hooks/setup-base", "1:1", "Hooks are run by bash"],
  ],
  [
    "a hook too long",
    withText("project-notes/hooks/setup-base", "x".repeat(262_145)),
    ["project-notes/hooks/setup-base", "1:1", "262145 bytes; 262144 are the most"],
  ],
  [
    "a folder among the hooks",
    definitionFiles([{ name: "project-notes/hooks/check-health/a", text: "x" }]),
    ["project-notes/hooks/check-health/a", "1:1", "There is no hook “check-health/a”"],
  ],
  [
    "a text that isn't UTF-8",
    withText("workshop.yaml", Buffer.from("6e616d653a20e4", "hex")),
    ["workshop.yaml", "1:1", "Save it as UTF-8"],
  ],
  [
    "a link out of the archive",
    definitionFiles([{ name: "project-notes/key", type: "symlink", target: "../../etc/passwd" }]),
    ["project-notes/key", "1:1", "out of the SDK's folder"],
  ],
  [
    "a link to another SDK",
    definitionFiles([{ name: "project-notes/key", type: "symlink", target: "../project-other/key" }]),
    ["project-notes/key", "1:1", "out of the SDK's folder"],
  ],
  [
    "a link for a hook",
    definitionFiles([{ name: "project-notes/hooks/setup-project", type: "symlink", target: "setup-base" }]),
    ["project-notes/hooks/setup-project", "1:1", "A hook has to be a file"],
  ],
  [
    "a link for the workshop.yaml",
    [{ name: "workshop.yaml", type: "symlink", target: "x" }],
    ["workshop.yaml", "1:1", "has to be a file"],
  ],
  [
    "a link for an SDK",
    definitionFiles([{ name: "project-x", type: "symlink", target: "project-notes" }]),
    ["project-x", "1:1", "has to be a folder"],
    ["project-x/sdk.yaml", "1:1", "has no sdk.yaml"],
  ],
];

test.each(TABLE)("%s", async (_, files, ...problems) => {
  for (const bytes of [await packTar(files), await packZip(files), gzipSync(await packTar(files))]) {
    const found = (await read(bytes)).problems?.map(({ path, line, column, message }) => [path, `${line}:${column}`, message]);
    expect(found).toEqual(problems.map(([path, at, words]) => [path, at, expect.stringContaining(words)]));
  }
});

test.each<[string, Packed[], path: string, words: string]>([
  [
    "a hard link",
    [{ name: "project-notes/b", type: "link", target: "project-notes/sdk.yaml" }],
    "project-notes/b",
    "(a hard link)",
  ],
  ["a pipe", [{ name: "project-notes/b", type: "fifo" }], "project-notes/b", "neither a file"],
  [
    "a long sdk.yaml",
    [{ name: "project-a/sdk.yaml", text: "#".repeat(32 * 1024 + 1) }],
    "project-a/sdk.yaml",
    "32768 are the most",
  ],
  [
    "a deep path",
    [{ name: `project-notes/${"a/".repeat(33)}x` }],
    `project-notes/${"a/".repeat(33)}x`,
    "33 folders deep; 32 are",
  ],
  ["a file twice", [{ name: "project-notes/sdk.yaml", text: "name: other\n" }], "project-notes/sdk.yaml", "twice"],
  ["a workshop.yaml twice", [{ name: "./workshop.yaml", text: "name: other\n" }], "workshop.yaml", "twice"],
  [
    "a file in a link",
    [{ name: "project-notes/l", type: "symlink", target: "templates" }, { name: "project-notes/l/x" }],
    "project-notes/l/x",
    "“l” is no folder",
  ],
])("%s in a tar is refused", async (_, more, path, words) => {
  const { problems } = await read(await packTar(definitionFiles(more)));
  expect(problems).toContainEqual({ path, line: 1, column: 1, message: expect.stringContaining(words) });
});

test("what no archive is, or none that may be unpacked, is one problem of the archive", async () => {
  const evil = (await packZip(definitionFiles([{ name: "aa/evil" }]))).toString("latin1").replaceAll("aa/evil", "../evil");
  const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `x/${i}` }));
  for (const [bytes, words] of [
    [Buffer.from("hello"), "is no .zip, .tar or .tar.gz"],
    [(await packZip(definitionFiles())).subarray(0, 300), "can't be read"],
    [await packTar(many), "more than 10000 entries"],
    [
      await packTar(definitionFiles(Array.from({ length: 50 }, (_, i) => ({ name: `project-a${i}/sdk.yaml` })))),
      "more than 50 folders",
    ],
    [header("project-notes/big", 300 * 1024 ** 2), "more than 256 MiB unpacked"],
  ] as const)
    expect((await read(bytes)).problems).toEqual([
      { path: "class.zip", line: 1, column: 1, message: expect.stringContaining(words) },
    ]);
  const { problems } = await read(Buffer.from(evil, "latin1"));
  expect(problems).toEqual([
    { path: "class.zip", line: 1, column: 1, message: expect.stringContaining("“../evil” in class.zip lies outside") },
  ]);
});

/** The beginning of a file of that many bytes, which don't follow: who believed it would wait for them. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        0", 148);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

test("the same SDK is the same, whichever program packed it, in a folder of its own or not", async () => {
  const inFolder = definitionFiles([{ name: "__MACOSX/x" }]).map((file) =>
    file.name.startsWith("__") ? file : { ...file, name: `my class/${file.name}`, mode: (file.mode ?? 0o644) | 0o022 },
  );
  const digests = await Promise.all(
    [await packTar(definitionFiles()), await packZip(definitionFiles()), gzipSync(await packTar(inFolder))].map(async (bytes) => {
      const answer = await read(bytes);
      expect(answer.problems).toBeUndefined();
      const { value } = answer as { value: Project };
      expect(value.definition.sdks.map(({ name, source }) => `${source} ${name}`)).toEqual([
        "system system",
        "catalogue node",
        "project notes",
      ]);
      expect(value.sdks.get("notes")?.sdk.summary).toBe("A small server for notes.");
      return treeDigest(value.sdks.get("notes")?.tree ?? []);
    }),
  );
  expect(new Set(digests).size).toBe(1);
});

test("an SDK's files come out as they were looked at, with nobody else's", async () => {
  const file = archive(await packZip(definitionFiles([{ name: "project-other/sdk.yaml", text: "name: other\n" }])));
  const found: [string, string, string][] = [];
  for await (const { path, kind, mode, read: bytes } of filesOf(entriesOf(file), "notes")) {
    const text = kind === "file" ? Buffer.concat(await Array.fromAsync(bytes())).toString() : "";
    found.push([path, mode.toString(8), text]);
  }
  expect(found).toEqual([
    ["sdk.yaml", "644", NOTES_YAML],
    ["hooks/setup-base", "755", "#!/bin/bash\necho hello\n"],
    ["templates/one.md", "644", "# One\n"],
  ]);
});
