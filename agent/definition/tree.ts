import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { type Problems, quoted } from "./problems.ts";

/** What stands at a place of the file; `at` is an offset in its text. */
export type Value =
  | { kind: "text"; at: number; text: string }
  | { kind: "nothing"; at: number }
  | { kind: "list"; at: number; items: Value[] }
  | { kind: "map"; at: number; fields: Map<string, Field> };

/** A key's own place, and what it has. */
export interface Field {
  at: number;
  value: Value;
}

/** A file with a script of a thousand lines has 40 kB. Parsing this much takes half a second at worst. */
export const FILE_LIMIT = 256 * 1024;

/** A bind is the deepest that is known: file, sdks, SDK, plugs, plug, bind. */
const DEPTH_LIMIT = 10;

const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

/** A file's text as lines end in it from now on, without a byte order mark. */
export const tidy = (text: string): string => text.replace(/^\u{feff}/u, "").replace(/\r\n?/g, "\n");

/**
 * The file as a tree. Everything is text as it was written, for YAML makes 1.2 of 1.20 and 775 of 0775.
 * Aliases and tags are refused: nothing here needs them, and nine lines of aliases are a billion values.
 * @param text tidy @returns undefined when it is no tree at all; `problems` says why
 */
export function parseTree(text: string, problems: Problems): Value | undefined {
  const size = Buffer.byteLength(text);
  if (size > FILE_LIMIT)
    return problems.add(0, `The file has ${size} bytes; ${FILE_LIMIT} are the most. Move what is long into an SDK's own files.`);
  const strange = CONTROL.exec(text) ?? /\p{Surrogate}/u.exec(text);
  if (strange)
    return problems.add(strange.index, `There is ${signOf(strange[0])} here, which no text has. Is this a text file in UTF-8?`);
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) return notYaml(document, text, problems);
  if (!document.contents) return problems.add(0, "The file is empty. Begin with a line “name: …”.");
  return new Converter(problems).value(document.contents, 0, 0);
}

const signOf = (sign: string): string => `the sign U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** In our words where people make the mistake, in the package's where hardly anybody does: by its code and message. */
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/^TAB_AS_INDENT/, "A tab stands at the beginning of this line. Indent with spaces."],
  [/ Flow (?:map|sequence)/, "The list or mapping that begins in [ or { has no end before here: ] or } is missing."],
  [/^BAD_INDENT/, "This line is indented like none above it. Give lines that belong together the same number of spaces."],
  [/^MULTIPLE_DOCS/, "A second document begins here (---). Write one file a definition."],
  [
    / Implicit map keys need to be followed/,
    "There is no colon after this key. Write “key: value”, with a space after the colon.",
  ],
  [/^MULTILINE_IMPLICIT_KEY/, "A key has to stand on one line. Is a colon missing here?"],
  [/ Nested mappings/, "A second colon stands in this line. Put the text in quotes, or begin a new line."],
  [/ Missing closing/, "A text in quotes has no end before here: its second quote is missing."],
  [/ Plain value cannot start/, "Text can't begin with this sign. Put it in quotes."],
  [/^RESOURCE_EXHAUSTION/, "The file is nested too deep to be read."],
];

function notYaml({ errors }: Document, text: string, problems: Problems): undefined {
  for (const { code, message, pos } of errors) {
    const own = MISTAKES.find(([mistake]) => mistake.test(`${code} ${message}`))?.[1];
    problems.add(Math.min(pos[0], text.length), own ?? `This is not YAML: ${quoted(message, MESSAGE_SHOWN)}.`);
  }
}

/** The package quotes what it met, however long that is. */
const MESSAGE_SHOWN = 120;

class Converter {
  constructor(private readonly problems: Problems) {}

  /** @param at where to point at when nothing is written */
  value(node: unknown, at: number, depth: number): Value {
    if (!isNode(node)) return { kind: "nothing", at };
    const here = node.range?.[0] ?? at;
    const nothing = { kind: "nothing", at: here } as const;
    if (depth > DEPTH_LIMIT) {
      this.problems.add(here, "The file is nested too deep here; nothing in a definition is.");
      return nothing;
    }
    if (isAlias(node)) {
      this.problems.add(here, `“*${node.source}” repeats what stands elsewhere. Write it out here.`);
      return nothing;
    }
    if (node.tag) this.problems.add(here, `The tag ${quoted(node.tag)} is not taken. Leave it out; put text in quotes.`);
    if (isScalar(node)) return isNothing(node) ? nothing : { kind: "text", at: here, text: this.text(node, here) };
    if (isSeq(node)) return { kind: "list", at: here, items: node.items.map((item) => this.value(item, here, depth + 1)) };
    return isMap(node) ? { kind: "map", at: here, fields: this.fields(node, here, depth) } : nothing;
  }

  private fields({ items }: YAMLMap, at: number, depth: number): Map<string, Field> {
    const fields = new Map<string, Field>();
    for (const { key, value } of items) {
      const name = this.value(key, at, depth + 1);
      if (name.kind !== "text") {
        this.problems.add(name.at, "A key is missing here: write one before the colon.");
        continue;
      }
      const before = fields.get(name.text);
      if (before)
        this.problems.add(name.at, `${quoted(name.text)} stands twice; first in line ${this.problems.lineOf(before.at)}.`);
      else fields.set(name.text, { at: name.at, value: this.value(value, name.at, depth + 1) });
    }
    return fields;
  }

  private text({ source: text = "" }: Scalar, at: number): string {
    const strange = CONTROL.exec(text) ?? /\p{Surrogate}/u.exec(text);
    if (strange) this.problems.add(at, `There is ${signOf(strange[0])} in this text. Leave it out.`);
    return text;
  }
}

const isNode = (node: unknown): node is Node => typeof node === "object" && node !== null && "range" in node;

/** Nothing, or YAML's words for it, without quotes. */
const isNothing = ({ type, source = "" }: Scalar): boolean =>
  (type ?? "PLAIN") === "PLAIN" && /^(?:|~|null|Null|NULL)$/.test(source);
