import { BUILT_IN_SDKS } from "./builtin/built-in.ts";
import type { Interface } from "./interfaces.ts";
import type { Source } from "./names.ts";
import { readBuiltInSdk, type Sdk } from "./sdk.ts";

/** An SDK inside the agent, as its sdk.yaml says. */
export interface CatalogueSdk extends Pick<Sdk, "name" | "base" | "plugs" | "slots"> {
  summary: string;
  channels: readonly string[];
}

/** What a definition may name, by where it comes from. A source that is left out can't be reached from here. */
export type Shelf = {
  readonly [K in Source]?: ReadonlyMap<string, ShelfSdk>;
};

export interface ShelfSdk extends Pick<Sdk, "name" | "base" | "summary" | "plugs" | "slots"> {
  channels?: readonly string[];
  /** Its sdk.yaml couldn't be read, and that is said already: nothing more is said of its plugs and slots. */
  unread?: true;
}

/** What every machine could offer; who gets what is decided where seats are connected. A tunnel has an address of its own. */
const OF_THE_MACHINE: readonly Interface[] = ["mount", "gpu", "ssh-agent", "camera", "audio", "custom-device"];

/** As their own files say; a test reads each of them. */
const SDKS: readonly CatalogueSdk[] = BUILT_IN_SDKS.map(({ name, text }) => {
  const read = readBuiltInSdk(text, name);
  if (read.problems) throw new Error(`the built-in SDK ${name}: ${read.problems[0]?.message}`);
  return { ...read.value, summary: read.value.summary ?? "", channels: ["latest/stable"] };
});

const shelf = (is: (name: string) => boolean, slots?: CatalogueSdk["slots"]): Map<string, CatalogueSdk> =>
  new Map(SDKS.filter(({ name }) => is(name)).map((one) => [one.name, { ...one, ...(slots && { slots }) }]));

/** The catalogue alone: SDKs of one's own come with an archive. */
export const CATALOGUE: Shelf = {
  system: shelf(
    (name) => name === "system",
    new Map(OF_THE_MACHINE.map((kind) => [kind, { interface: kind, attributes: new Map() }])),
  ),
  catalogue: shelf((name) => name !== "system"),
};

/** A definition that comes with the agent. */
export interface BuiltInDefinition {
  name: string;
  /** One line. */
  summary: string;
  /** Of its workshop.yaml. */
  text: string;
}

/** The first is what a class has that names none. */
export const BUILT_IN_DEFINITIONS: readonly BuiltInDefinition[] = [
  builtIn("claude", "The Claude CLI with Node.js and a browser that it drives.", "node", "claude-code", "browser"),
  builtIn("python", "The Claude CLI with Python.", "python", "node", "claude-code"),
];

function builtIn(name: string, summary: string, ...sdks: string[]): BuiltInDefinition {
  const list = ["system", ...sdks].map((one) => `  - name: ${one}\n`).join("");
  return { name, summary, text: `name: ${name}\nbase: debian@12\nsdks:\n${list}` };
}
