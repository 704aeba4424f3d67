import { parseArgs } from "node:util";
import { helpOf, shown, usageOf } from "./command-help.ts";
import type { Described, DescribedProgram, Options, Word } from "./described.ts";
import { nearest } from "./nearest.ts";

/** What was given: switches are true or false, options without a value undefined. */
export type Given<O extends Options> = { [K in keyof O]: O[K] extends Valued ? Value<O[K]> | Absent<O[K]> : boolean };
type Valued = { value: string | readonly string[] };
type Value<O extends Valued> = O["value"] extends readonly (infer W)[] ? W : string;
type Absent<O> = O extends { required: true } ? never : undefined;

/** One thing that a program does, and how it is done. */
export interface Command extends Described {
  /** @param argv what stands behind the name @throws UsageProblem, CommandFailure */
  run(argv: readonly string[]): void | Promise<void>;
}

export interface Program extends DescribedProgram {
  commands: readonly Command[];
}

/** A command line that can't be understood. Its message is one sentence for the terminal; nothing was done. */
export class UsageProblem extends Error {
  override readonly name = "UsageProblem";
}

/** What was understood and failed; the exit code tells scripts how. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** For scripts: what failed (1) is tried again, what can't be understood isn't. */
export const USAGE_EXIT_CODE = 2;

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

export function command<const O extends Options>(
  described: Omit<Described, "options"> & { options: O },
  run: (given: Given<O>, words: readonly string[]) => void | Promise<void>,
): Command {
  const read = (argv: readonly string[]) => parse(described, argv);
  return {
    ...described,
    run: (argv) => {
      const { values, words } = read(argv);
      return run(values as Given<O>, words);
    },
  };
}

/** Does what the command line says. @throws UsageProblem when it can't be understood; whatever the command throws */
export async function runCommandLine(program: Program, argv: readonly string[]): Promise<void> {
  const { name, commands, otherwise } = program;
  const [first = otherwise ?? "help"] = argv;
  if (first === "help" || isHelp(first)) return console.log(usageOf(program));
  const isNamed = argv.length > 0 && !(otherwise && first.startsWith("-"));
  const wanted = isNamed ? first.replace(/^--version$/, "version") : otherwise;
  const found = commands.find((one) => one.name === wanted);
  if (!found) throw new UsageProblem(unknownCommand(program, first));
  if (asksForHelp(argv)) return console.log(helpOf(program, found));
  try {
    await found.run(argv.slice(isNamed ? 1 : 0));
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    throw new UsageProblem(`${error.message} "${name} ${found.name} --help" shows what it takes.`, { cause: error });
  }
}

/** What stands behind `--` is a program's own. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? undefined : end).some(isHelp);
}

function unknownCommand({ name, commands }: Program, word: string): string {
  const names = commands.map((one) => one.name);
  const meant = nearest(word, names);
  return `There is no command "${word}". ${meant === undefined ? `${name} knows: ${names.join(", ")}.` : `Is "${meant}" meant?`}`;
}

type Values = Record<string, string | boolean | undefined>;

function parse(described: Described, argv: readonly string[]): { values: Values; words: readonly string[] } {
  const { values, words } = strictly(described, argv);
  for (const [name, { value, required }] of Object.entries(described.options)) {
    const given = values[name];
    if (given === "" || (given === undefined && required)) throw new UsageProblem(`Add --${name} ${shown(value)}.`);
    if (Array.isArray(value) && given !== undefined && !value.includes(given))
      throw new UsageProblem(`--${name} is "${given}"; it may be ${value.join(", ")}.`);
    if (value === undefined) values[name] = given === true;
  }
  checkWords(described.words ?? [], words);
  return { values, words };
}

function checkWords(known: readonly Word[], given: readonly string[]): void {
  const missing = known.find(({ optional }, i) => !optional && !given[i]);
  if (missing) throw new UsageProblem(`Add ${missing.name}: ${missing.about}.`);
  const extra = known.some(({ many }) => many) ? undefined : given[known.length];
  if (extra !== undefined) throw new UsageProblem(`Unexpected argument '${extra}'.`);
}

function strictly(described: Described, argv: readonly string[]): { values: Values; words: readonly string[] } {
  const { options, words = [] } = described;
  const types = Object.entries(options).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" }] as const);
  const rules = { options: Object.fromEntries(types), allowPositionals: words.length > 0 };
  try {
    const { values, positionals, tokens } = parseArgs({ args: [...argv], ...rules, strict: true, tokens: true });
    const names = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice) throw new UsageProblem(`--${twice} stands twice.`);
    return { values: { ...values }, words: positionals };
  } catch (error) {
    if (error instanceof UsageProblem) throw error;
    throw new UsageProblem(sentenceOf((error as Error).message, described), { cause: error });
  }
}

/** Of what Node found wrong. Its first line, before its rules; "ambiguous" is an option where a value should stand. */
function sentenceOf(message: string, { options, program }: Described): string {
  const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
  if (unknown !== undefined) {
    const meant = nearest(unknown.replace(/^-+/, ""), Object.keys(options));
    const hint = program ? ' What is a program\'s own stands behind "--".' : "";
    return `Unknown option '${unknown}'.${meant === undefined ? hint : ` Is --${meant} meant?`}`;
  }
  const [first = ""] = message.split("\n");
  return `${first.replace("argument is ambiguous", "lacks its value").replace(/\.$/, "")}.`;
}
