import { expect, test } from "bun:test";
import { BUILT_IN_DEFINITIONS, CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";
import { readSdk } from "../../../agent/definition/sdk.ts";
import { shelfWith } from "./shelf.ts";

const NOTES = `name: notes
plugs: {tools: {interface: mount, workshop-target: /opt/tools}}
slots: {web: {interface: tunnel, endpoint: 4000}}
`;
const SHELF = shelfWith({ notes: NOTES, other: "name: other" });
const START = "name: a\nbase: debian@12\n";
const sdks = (text: string) => `${START}sdks:\n${text}`;
const plug = (attributes: string) => sdks(`  - name: node\n    plugs:\n      x: ${attributes}\n`);

/** `line:column` and words of each problem of a file, in order. */
type Row = [what: string, text: string, ...problems: [at: string, words: string][]];
const TABLE: Row[] = [
  ["nothing", "", ["1:1", "is empty"]],
  ["a comment alone", "# later\n", ["1:1", "is empty"]],
  ["a list", "- name: a\n", ["1:1", "A workshop.yaml has to be lines like “name: …”; a list stands here"]],
  ["no base", "name: a\n", ["1:1", "“base” is missing. Add a line like “base: debian@12”"]],
  ["another base", "name: a\nbase: ubuntu@99.04\n", ["2:7", "“base” is “ubuntu@99.04”. It has to be debian@12."]],
  ["a virtual machine", `${START}confinement: virtual-machine\n`, ["3:14", "It has to be container"]],
  ["a bad name", "name: First Steps\nbase: debian@12\n", ["1:7", "lower-case letters"]],
  ["a long name", `name: ${"a".repeat(41)}\nbase: debian@12\n`, ["1:7", "40 at most"]],
  ["a name that is nothing", "name:\nbase: debian@12\n", ["1:6", "nothing stands here"]],
  ["an unknown key", `${START}sdk: []\n`, ["3:1", "“sdk” is not known here. A workshop.yaml may have name, base, "]],
  ["a key twice", "name: a\nbase: debian@12\nname: b\n", ["3:1", "“name” stands twice; first in line 1."]],
  ["a merge key", `${START}<<: {actions: 1}\n`, ["3:1", "“<<” is not known"]],
  [
    "a prototype's name",
    `${START}__proto__: {a: 1}\nconstructor: 1\n`,
    ["3:1", "“__proto__” is not known"],
    ["4:1", "“constructor”"],
  ],
  ["a tab", "name: a\nsdks:\n\t- name: node\n", ["3:1", "A tab stands at the beginning of this line"]],
  ["an open list", `${START}sdks: [`, ["3:8", "] or } is missing"]],
  ["an open quote", `${START}actions: {a: "x}\n`, ["4:1", "its second quote is missing"], ["4:1", "] or } is missing"]],
  ["a key without its colon", `${START}sdks\n`, ["3:1", "There is no colon after this key"]],
  ["a colon in a text", "name: a: b\nbase: debian@12\n", ["1:7", "A second colon"]],
  ["a line too far right", `${START}  sdks: []\n`, ["2:7", "A second colon"], ["2:7", "Is a colon missing here?"]],
  ["a sign that means something", `${START}actions: {a: @x}\n`, ["3:14", "Put it in quotes"]],
  ["two documents", `${START}---\nname: b\n`, ["3:1", "A second document begins here"]],
  ["an alias", `${START}sdks: &s []\nactions: *s\n`, ["4:10", "“*s” repeats what stands elsewhere. Write it out here."]],
  ["a tag", "name: !!binary a\nbase: debian@12\n", ["1:16", "is not taken"]],
  ["a NUL", "name: a\0\n", ["1:8", "the sign U+0000 here"]],
  ["a NUL in an escape", `${START}actions: {a: "x\\0y"}\n`, ["3:14", "the sign U+0000 in this text"]],
  ["half a sign in an escape", `${START}actions: {a: "x\\ud800y"}\n`, ["3:14", "the sign U+D800 in this text"]],
  [
    "sdks that are no list",
    `${START}sdks: {node: 1}\n`,
    ["3:7", "“sdks” has to be a list, each entry after “- ”; a mapping stands here"],
  ],
  [
    "an unknown SDK",
    sdks("  - name: ndoe\n"),
    ["4:11", "There is no SDK “ndoe”. Known are system, node, python, claude-code, browser."],
  ],
  [
    "a reserved SDK",
    sdks("  - name: agent\n  - name: project-try-x\n"),
    ["4:11", "keeps for itself"],
    ["5:11", "keeps for itself"],
  ],
  [
    "an SDK's bad name",
    sdks("  - name: Node\n  - name: constructor\n"),
    ["4:11", "lower-case"],
    ["5:11", "There is no SDK “constructor”"],
  ],
  [
    "an SDK of a source that is not there",
    sdks("  - name: try-x\n  - name: sketch\n"),
    ["4:11", "out of a class's reach"],
    ["5:11", "A sketch is"],
  ],
  ["an SDK's missing folder", sdks("  - name: project-none\n"), ["4:11", "needs its folder “project-none”"]],
  ["an SDK twice", sdks("  - name: node\n  - name: node\n"), ["5:11", "“node” is listed twice; first in line 4."]],
  [
    "a source that the name denies",
    sdks("  - name: system\n    source: project\n"),
    ["5:13", "says that the SDK's source is system"],
  ],
  ["an unknown source", sdks("  - name: node\n    source: store\n"), ["5:13", "one of system, catalogue, project, try, sketch"]],
  [
    "an unknown channel",
    sdks("  - name: node\n    channel: 1.20\n"),
    ["5:14", "has no channel “1.20/stable”. Known are latest/stable."],
  ],
  ["no channel at all", sdks("  - name: system\n    channel: a/b/c/d\n"), ["5:14", "[track/]risk[/branch]"]],
  ["an unknown interface", plug("mounts"), ["6:10", "one of mount, tunnel, gpu, ssh-agent, camera, audio, custom-device"]],
  ["an interface that is a prototype's", plug("constructor"), ["6:10", "one of mount,"]],
  ["no interface", plug("{workshop-target: /a}"), ["6:7", "The plug “x” needs an interface"]],
  ["a plug's bad name", sdks("  - name: node\n    plugs: {toString: gpu}\n"), ["5:13", "A plug is called “toString”"]],
  ["a mount without its place", plug("mount"), ["6:7", "needs “workshop-target”: an absolute path"]],
  ["an unclean path", plug("{interface: mount, workshop-target: /a/../b}"), ["6:46", "an absolute path without “..”"]],
  ["a path with a variable", plug("{interface: mount, workshop-target: $HOME/b}"), ["6:46", "$SDK stands for"]],
  ["permissions in decimal", plug("{interface: mount, workshop-target: /a, mode: 775}"), ["6:56", "octal"]],
  ["permissions with a nine", plug("{interface: mount, workshop-target: /a, mode: 0795}"), ["6:56", "“mode” is “0795”"]],
  ["permissions beyond", plug("{interface: mount, workshop-target: /a, mode: 0o1777}"), ["6:56", "to 0o777"]],
  ["a user beyond", plug("{interface: mount, workshop-target: /a, uid: 65535}"), ["6:55", "0 to 65534"]],
  ["a flag of old", plug("{interface: mount, workshop-target: /a, read-only: yes}"), ["6:61", "true or false"]],
  [
    "a slot's attribute on a plug",
    plug("{interface: mount, workshop-target: /a, workshop-source: /b}"),
    ["6:50", "A mount plug may have interface, workshop-target,"],
  ],
  ["a port of 0", plug("{interface: tunnel, endpoint: 0}"), ["6:40", "a port (8080)"]],
  ["a name instead of an address", plug("{interface: tunnel, endpoint: example.org:80}"), ["6:40", "not looked up"]],
  ["a device of nothing", plug("custom-device"), ["6:7", "needs “subsystem”, “vendorid” or both"]],
  ["a product without its vendor", plug("{interface: custom-device, productid: 0043}"), ["6:7", "needs a “vendorid” too"]],
  [
    "bind with more",
    plug("{bind: notes:tools, interface: mount}").concat("  - name: project-notes\n"),
    ["6:30", "A plug with bind may have bind."],
  ],
  ["bind to itself", plug("{bind: node:x}"), ["6:7", "that is itself"]],
  ["bind to the system", plug("{bind: :mount}"), ["6:7", "neither bound nor bound to"]],
  ["bind to nobody", plug("{bind: python:x}"), ["6:7", "“python” is not in the list. In it are system, node."]],
  [
    "a chain of binds",
    plug("{bind: notes:y}").concat("  - name: project-notes\n    plugs:\n      y: {bind: notes:tools}\n"),
    ["6:7", "is bound itself"],
  ],
  [
    "a bind that differs from what the SDK says",
    sdks(
      "  - name: project-notes\n    plugs: {tools: {bind: node:x}}\n  - name: node\n    plugs: {x: {interface: mount, workshop-target: /a}}\n",
    ),
    ["5:13", "the two differ"],
  ],
  [
    "two mounts at one place",
    plug("{interface: mount, workshop-target: /opt/tools}").concat("  - name: project-notes\n"),
    ["7:11", "notes:tools and node:x are both mounted at /opt/tools. Bind one to the other (bind: node:x)"],
  ],
  [
    "a mount over the seat's own",
    plug("{interface: mount, workshop-target: /workspace}"),
    ["6:7", "which the seat needs for itself"],
  ],
  ...[
    "/project",
    "/home/learner",
    "/home",
    "/var/lib",
    "/var/lib/workshop/state/x",
    "/etc/claude-code",
    "/proc/sys",
    "/usr",
    "/tmp",
  ].map(
    (target): Row => [
      `a mount over what the seat needs: ${target}`,
      plug(`{interface: mount, workshop-target: ${target}}`),
      ["6:7", `node:x would be mounted at ${target}, which the seat needs for itself`],
    ],
  ),
  [
    "a low port of the machine",
    sdks("  - name: system\n    plugs: {web: {interface: tunnel, endpoint: 80}}\n"),
    ["5:13", "would listen on port 80"],
  ],
  [
    "half a connection",
    `${START}connections: [{plug: system:a}]\n`,
    ["3:15", "“slot” is missing"],
    ["3:22", "“system” has no plug “a”. It has none"],
  ],
  [
    "a connection to no slot",
    `${START}connections: [{plug: x, slot: :nfs}]\n`,
    ["3:22", "like node:cache"],
    ["3:31", "It has mount, gpu, ssh-agent,"],
  ],
  [
    "a connection of two kinds",
    `${plug("{interface: mount, workshop-target: /a}")}connections:\n  - plug: node:x\n    slot: :gpu\n`,
    ["9:11", "node:x is a mount and system:gpu a gpu"],
  ],
  [
    "a connection of a bound plug",
    `${plug("{bind: notes:tools}")}  - name: project-notes\nconnections:\n  - {plug: node:x, slot: :mount}\n`,
    ["9:12", "is bound to notes:tools"],
  ],
  ["an action's bad name", `${START}actions: {Test: x}\n`, ["3:11", "An action is called “Test”"]],
  ["an action of nothing", `${START}actions: {test: }\n`, ["3:17", "a script for bash; nothing"]],
  [
    "several in one answer",
    "nmae: a\nbase: x\nsdks:\n  - name: node\n  - name: node\n",
    ["1:1", "“nmae”"],
    ["1:1", "“name” is missing"],
    ["2:7", "“x”"],
    ["5:11", "twice"],
  ],
];

test.each(TABLE)("%s", (_, text, ...expected) => {
  const { problems } = readDefinition(text, SHELF) as {
    problems: { path: string; line: number; column: number; message: string }[];
  };
  const found = (problems ?? []).map(({ line, column, message }) => [`${line}:${column}`, message]);
  expect(found).toEqual(expected.map(([at, words]) => [at, expect.stringContaining(words)] as never));
  for (const { path } of problems) expect(path).toBe("workshop.yaml");
});

test("more SDKs than an image has room for layers are refused", () => {
  const names = Array.from({ length: 51 }, (_, i) => `own${i}`);
  const shelf = shelfWith(Object.fromEntries(names.map((name) => [name, `name: ${name}`])));
  const { problems = [] } = readDefinition(sdks(names.map((name) => `  - name: project-${name}\n`).join("")), shelf);
  expect(problems).toEqual([
    expect.objectContaining({ line: 54, message: expect.stringContaining("There are 51 SDKs; 50 are the most") }),
  ]);
});

test("a folder of one's own is refused where only the file is taken, with what there is instead", () => {
  const { problems = [] } = readDefinition(sdks("  - name: project-notes\n"), CATALOGUE);
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringContaining(
      "only the file itself came. Send both as one .zip or .tar.gz. Known without a folder are system, node",
    ),
  ]);
});

test.each([
  ["no name", "summary: x\n", "1:1", "“name” is missing. Write “name: notes”"],
  ["another name than its folder's", "name: other\n", "1:7", "its folder project-notes"],
  ["a reserved name", "name: project-x\n", "1:7", "keeps for itself"],
  ["an unknown key", "name: notes\nparts: {}\n", "2:1", "An sdk.yaml may have name, base, version"],
  ["another base", "name: notes\nbase: ubuntu@24.04\n", "2:7", "debian@12"],
  ["another computer", "name: notes\narchitecture: s390x\n", "2:15", "one of amd64, arm64, all"],
  ["two lines where one is shown", 'name: notes\nsummary: "a\\nb"\n', "2:10", "one line of up to 120"],
  ["a bind", "name: notes\nplugs: {a: {bind: node:x}}\n", "2:9", "needs an interface"],
])("an SDK with %s", (_, text, at, words) => {
  const { problems = [] } = readSdk(text, "notes");
  expect(problems.map(({ path, line, column, message }) => [path, `${line}:${column}`, message])).toContainEqual([
    "project-notes/sdk.yaml",
    at,
    expect.stringContaining(words),
  ] as never);
});

test("the definitions that come with the agent are definitions, and say in a line what they are", () => {
  expect(BUILT_IN_DEFINITIONS[0]?.text).toContain("  - name: system\n  - name: node\n  - name: claude-code\n  - name: browser\n");
  for (const { name, summary, text } of BUILT_IN_DEFINITIONS) {
    expect(readDefinition(text, CATALOGUE)).toMatchObject({ value: { definition: { name } } });
    expect(summary).toMatch(/^[^\n]{10,80}$/);
  }
});
