import { expect, test } from "bun:test";
import fc from "fast-check";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";
import { exampleSdkText, exampleText, shelfWith } from "./shelf.ts";

const SHELF = shelfWith({ notes: exampleSdkText, other: "name: other" });
const START = "name: a\nbase: debian@12\n";

function normalized(text: string, shelf = SHELF): string {
  const read = readDefinition(text, shelf);
  if (read.problems) throw new Error(JSON.stringify(read.problems, null, 1));
  return read.value.text;
}

test("the example, in full", () => {
  expect(normalized(exampleText)).toBe(`name: notes-with-claude
base: debian@12
confinement: container
sdks:
  - name: system
    source: system
    plugs:
      web:
        interface: tunnel
        endpoint: 127.0.0.1:8080/tcp
    slots:
      database:
        interface: tunnel
        endpoint: 127.0.0.1:5432/tcp
  - name: node
    source: catalogue
    channel: latest/stable
    plugs:
      cache:
        interface: mount
        workshop-target: /home/learner/.npm
        read-only: false
        mode: 0o700
        uid: 1000
        gid: 1000
  - name: claude-code
    source: catalogue
    channel: latest/stable
  - name: notes
    source: project
    plugs:
      gpu:
        interface: gpu
      key:
        interface: ssh-agent
      webcam:
        interface: camera
      microphone:
        interface: audio
      board:
        interface: custom-device
        subsystem: tty
        vendorid: "2341"
        productid: "0043"
      cache:
        bind: node:cache
    slots:
      templates:
        interface: mount
        workshop-source: /var/lib/workshop/sdk/notes/templates
connections:
  - plug: node:cache
    slot: system:mount
  - plug: system:web
    slot: notes:web
actions:
  test: npm test
  serve: |
    cd /workspace
    exec npx serve --listen 3000 "$@"
`);
});

test("the system comes first, listed or not, and the others stay in their order", () => {
  const names = (list: string) => [...normalized(`${START}${list}`).matchAll(/- name: (.*)/g)].map(([, name]) => name);
  expect(names("")).toEqual(["system"]);
  expect(names("sdks:\n")).toEqual(["system"]);
  expect(names("sdks: [{name: python}, {name: project-notes}, {name: system}, {name: browser}]")).toEqual([
    ...["system", "python", "notes", "browser"],
  ]);
});

test.each([
  ["/home/learner/a", "0o775", 1000],
  ["/workspace/data", "0o775", 1000],
  ["/project/data", "0o775", 1000],
  ["/opt/a", "0o755", 0],
  ["/home/learnerx", "0o755", 0],
])("a mount at %s has the permissions of its place", (target, mode, id) => {
  const text = normalized(`${START}sdks: [{name: node, plugs: {a: {interface: mount, workshop-target: ${target}}}}]`);
  expect(text).toContain(`read-only: false\n        mode: ${mode}\n        uid: ${id}\n        gid: ${id}\n`);
});

test.each([
  ["8080", "127.0.0.1:8080/tcp"],
  ["localhost:8080/udp", "127.0.0.1:8080/udp"],
  ["0.0.0.0:80", "0.0.0.0:80/tcp"],
  ["'[::0001]:53/udp'", "'[::1]:53/udp'"],
  ["10.0.0.1", "10.0.0.1/tcp"],
  ["/run/a$b.sock", "/run/a$b.sock"],
  ["'@name'", "'@name'"],
])("the endpoint %s is %s", (written, canonical) => {
  const text = normalized(`${START}sdks: [{name: node, plugs: {a: {interface: tunnel, endpoint: ${written}}}}]`);
  expect(text.replaceAll('"', "'")).toContain(`endpoint: ${canonical}\n`);
});

test("permissions are octal with or without the o, paths have their variables replaced, channels all their parts", () => {
  const plug = (more: string) =>
    normalized(`${START}sdks: [{name: node, channel: stable, plugs: {a: {interface: mount, ${more}}}}]`);
  expect(plug("workshop-target: /a, mode: 0700")).toContain("mode: 0o700\n");
  expect(plug('workshop-target: /a, mode: "0o070"')).toContain("mode: 0o70\n");
  const slot = normalized(`${START}sdks: [{name: node, slots: {a: {interface: mount, workshop-source: $SDK/$$a}}}]`);
  expect(slot).toContain("workshop-source: /var/lib/workshop/sdk/node/$$a\n");
  expect(plug("workshop-target: /a")).toContain("channel: latest/stable\n");
});

test("lines may end as anywhere, and a byte order mark may stand before them", () => {
  const text = `${START}actions:\n  a: |\n    one\n    two\n`;
  const plain = normalized(text);
  expect(normalized(text.replaceAll("\n", "\r\n"))).toBe(plain);
  expect(normalized(`\u{feff}${text}`)).toBe(plain);
  const { problems = [] } = readDefinition("\u{feff}name: A\r\nbase: x\r\n", SHELF);
  expect(problems.map(({ line, column }) => [line, column])).toEqual([
    [1, 7],
    [2, 7],
  ]);
});

test("a file of many problems names the first hundred, one that is too long or too deep names that", () => {
  const many = readDefinition(`${START}${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join("")}`, SHELF).problems ?? [];
  expect(many).toHaveLength(101);
  expect(many.at(-1)).toMatchObject({ line: 103, message: "There are 19900 more problems from here on." });
  const one = (text: string) => (readDefinition(text, SHELF).problems ?? []).map(({ message }) => message);
  expect(one(`# ${"x".repeat(256 * 1024)}`)).toEqual([expect.stringContaining("262144 are the most")]);
  expect(one(`${START}actions: {a: "${"é".repeat(40_000)}"}`)).toEqual([expect.stringContaining("65536 are the most")]);
  for (const deep of ["[".repeat(200_000), "- ".repeat(100_000), "{a: ".repeat(50_000), `a: ${"[".repeat(20)}${"]".repeat(20)}`])
    expect(one(deep).join(" ")).toContain("nested too deep");
  const plugs = (count: number) => Array.from({ length: count }, (_, i) => `p${i}: {bind: node:q${i}},`).join("");
  const binds = one(`${START}sdks: [{name: node, plugs: {${plugs(8_000)}}}]`);
  expect(binds).toHaveLength(51);
  expect(binds[0]).toContain("It has p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 and 38 more;");
  expect(binds[50]).toBe("An SDK has at most 50 plugs; this is one more.");
  const bomb = `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]\n`).join("")}`;
  expect(one(bomb).length).toBeGreaterThan(100);
});

const word = fc.oneof(
  fc.constantFrom(
    "system",
    "node",
    "python",
    "project-notes",
    "other",
    "sketch",
    "try-x",
    "constructor",
    "__proto__",
    "a",
    "null",
    "~",
    "0x1",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z]{1,5}(-[a-z0-9]{1,3})?$/) },
  { weight: 1, arbitrary: word },
);
const script = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(" ", "  x", "\t", "y ", "#", ": ", "", "- z", "\u{2028}", "\u{feff}", "'", '"', "|", "\\", "$@", "%YAML"),
      { maxLength: 8 },
    )
    .map((lines) => lines.join("\n")),
);
const path = fc
  .array(fc.constantFrom("a", "$$", "b c", "#", ".x", "é", ": ", "{"), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join("/")}`);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const plug = fc.oneof(
  fc.record({
    interface: fc.constant("mount"),
    "workshop-target": path,
    mode: maybe(fc.constantFrom("0700", "0o7", "0")),
    uid: maybe(fc.nat(70_000)),
    "read-only": maybe(fc.boolean()),
  }),
  fc.record({
    interface: fc.constant("tunnel"),
    endpoint: fc.oneof(fc.nat(70_000), fc.constantFrom("[::1]:1", "@x", "localhost", "/run/$x: y", "1.2.3.4/udp")),
  }),
  fc.constantFrom("gpu", "audio", "ssh-agent"),
  fc.record({ bind: fc.constantFrom("notes:tools", "node:cache") }),
);
const definition = fc.record(
  {
    name,
    base: fc.constant("debian@12"),
    sdks: fc.uniqueArray(
      fc.record(
        {
          name: fc.constantFrom("system", "node", "python", "project-notes", "project-other"),
          channel: fc.constantFrom("stable", "latest/stable"),
          plugs: fc.dictionary(name, plug, { maxKeys: 3 }),
        },
        { requiredKeys: ["name"] },
      ),
      { selector: ({ name: sdk }) => sdk },
    ),
    actions: fc.dictionary(name, script, { maxKeys: 4 }),
  },
  { requiredKeys: ["name", "base"] },
);

test("what is normalized is normalized", () => {
  let taken = 0;
  fc.assert(
    fc.property(definition, (wish) => {
      const read = readDefinition(JSON.stringify(wish), SHELF);
      if (read.problems) return;
      taken += 1;
      expect(normalized(read.value.text)).toBe(read.value.text);
      expect([...read.value.definition.actions]).toEqual(Object.entries(wish.actions ?? {}));
      const again = readDefinition(read.value.text, SHELF);
      expect(again).toEqual(read);
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(50);
});

test("any text is a definition or has problems that stand in it; nothing is thrown", () => {
  const lines = fc
    .array(
      fc.oneof(
        word,
        fc.constantFrom(
          "name: a",
          "base: debian@12",
          "sdks:",
          "  - name: node",
          "    plugs:",
          "      x: mount",
          "\t",
          "? ",
          "&a",
          "*a",
          "<<: *a",
          "!!map",
          "|",
          "'",
          "%YAML 1.1",
          "---",
          "...",
          "{",
          "[",
          "\r",
          "\0",
        ),
      ),
      { maxLength: 12 },
    )
    .map((all) => all.join("\n"));
  fc.assert(
    fc.property(fc.oneof(lines, fc.string({ unit: "binary", maxLength: 200 }), fc.json()), (text) => {
      const read = readDefinition(text, CATALOGUE);
      if (!read.problems) return expect(normalized(read.value.text, CATALOGUE)).toBe(read.value.text);
      const count = text.replace(/\r\n?/g, "\n").split("\n").length;
      expect(read.problems.length).toBeGreaterThan(0);
      for (const { line, column, message } of read.problems) {
        expect(line).toBeWithin(1, count + 1);
        expect(column).toBeGreaterThan(0);
        expect(message).toMatch(/^[^\0\n]{10,}$/u);
      }
    }),
    { numRuns: 1500 },
  );
});
