import type { End, Interface } from "./interfaces.ts";
import type { Source } from "./names.ts";
import type { Sdk } from "./sdk.ts";

/** An SDK inside the agent, known here by name; what it installs is not in it yet. */
export interface CatalogueSdk extends Pick<Sdk, "name" | "base" | "plugs" | "slots"> {
  summary: string;
  channels: readonly string[];
}

/** What a definition may name, by where it comes from. A source that is left out can't be reached from here. */
export type Shelf = {
  readonly [K in Source]?: ReadonlyMap<string, Pick<Sdk, "name" | "base" | "plugs" | "slots"> & { channels?: readonly string[] }>;
};

/** What every machine could offer; who gets what is decided where seats are connected. A tunnel has an address of its own. */
const OF_THE_MACHINE: readonly Interface[] = ["mount", "gpu", "ssh-agent", "camera", "audio", "custom-device"];

const sdk = (name: string, summary: string, slots: ReadonlyMap<string, End> = new Map()): CatalogueSdk => ({
  ...{ name, summary, base: "debian@12", channels: ["latest/stable"], plugs: new Map(), slots },
});

const SYSTEM = sdk(
  "system",
  "What every seat has: a learner, a shell in tmux, git, an editor.",
  new Map(OF_THE_MACHINE.map((kind) => [kind, { interface: kind, attributes: new Map() }])),
);

const SDKS: readonly CatalogueSdk[] = [
  sdk("node", "Node.js and npm, newer than Debian's."),
  sdk("python", "Python with pip and venv."),
  sdk("claude-code", "The Claude CLI."),
  sdk("browser", "A browser that Claude and the learner share."),
];

/** The catalogue alone: SDKs of one's own come with an archive. */
export const CATALOGUE: Shelf = {
  system: new Map([[SYSTEM.name, SYSTEM]]),
  catalogue: new Map(SDKS.map((one) => [one.name, one])),
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
