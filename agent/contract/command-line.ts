import { parseArgs } from "node:util";

/** An option with `value` takes one: its name in the help, or the words that it may be. Without, it is a switch. */
export interface Option {
  about: string;
  value?: string | readonly string[];
  required?: true;
}
type Options = Readonly<Record<string, Option>>;

/** What was given: switches are true or false, options without a value undefined. */
type Given<O extends Options> = { [K in keyof O]: O[K] extends Valued ? Value<O[K]> | Absent<O[K]> : boolean };
type Valued = { value: string | readonly string[] };
type Value<O extends Valued> = O["value"] extends readonly (infer W)[] ? W : string;
type Absent<O> = O extends { required: true } ? never : undefined;

/** One thing that a program does: its name, its options, and how it is done. */
export interface Command {
  name: string;
  about: string;
  options: Options;
  /** @param argv what stands behind the name @throws UsageProblem */
  run(argv: readonly string[]): void | Promise<void>;
}

export interface Program {
  name: string;
  about: string;
  commands: readonly Command[];
  /** The command of a line that names none. Without one, the help is shown. */
  otherwise?: string;
}

/** A command line that can't be understood. Its message is one sentence for the terminal; nothing was done. */
export class UsageProblem extends Error {
  override readonly name = "UsageProblem";
}

/** For scripts: what failed (1) is tried again, what can't be understood isn't. */
export const USAGE_EXIT_CODE = 2;

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

export function command<const O extends Options>(
  { name, about, options }: Pick<Command, "name" | "about"> & { options: O },
  run: (given: Given<O>) => void | Promise<void>,
): Command {
  return { name, about, options, run: (argv) => run(parse(options, argv) as Given<O>) };
}

/** Does what the command line says. @throws UsageProblem when it can't be understood; whatever the command throws */
export async function runCommandLine(program: Program, argv: readonly string[]): Promise<void> {
  const { name, commands, otherwise } = program;
  const [first = otherwise ?? "help"] = argv;
  if (first === "help" || isHelp(first)) return console.log(usageOf(program));
  const isNamed = argv.length > 0 && !(otherwise && first.startsWith("-"));
  const wanted = isNamed ? first.replace(/^--version$/, "version") : otherwise;
  const found = commands.find((one) => one.name === wanted);
  if (!found)
    throw new UsageProblem(`There is no command "${first}". ${name} knows: ${commands.map((one) => one.name).join(", ")}.`);
  if (argv.some(isHelp)) return console.log(helpOf(program, found));
  try {
    await found.run(argv.slice(isNamed ? 1 : 0));
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    throw new UsageProblem(`${error.message} "${name} ${found.name} --help" shows what it takes.`, { cause: error });
  }
}

function parse(options: Options, argv: readonly string[]): Record<string, string | boolean | undefined> {
  const values = strictly(options, argv);
  for (const [name, { value, required }] of Object.entries(options)) {
    const given = values[name];
    if (given === "" || (given === undefined && required)) throw new UsageProblem(`Add --${name} ${shown(value)}.`);
    if (Array.isArray(value) && given !== undefined && !value.includes(given))
      throw new UsageProblem(`--${name} is "${given}"; it may be ${value.join(", ")}.`);
    if (value === undefined) values[name] = given === true;
  }
  return values;
}

function strictly(options: Options, argv: readonly string[]): Record<string, string | boolean | undefined> {
  const types = Object.entries(options).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" }] as const);
  try {
    const { values, tokens } = parseArgs({ args: [...argv], options: Object.fromEntries(types), strict: true, tokens: true });
    const names = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice) throw new UsageProblem(`--${twice} stands twice.`);
    return { ...values };
  } catch (error) {
    if (error instanceof UsageProblem) throw error;
    // Its first line says what is wrong; the others explain Node's rules. "Ambiguous" is an option where a value should stand.
    const [first = ""] = (error as Error).message.split("\n");
    throw new UsageProblem(`${first.replace("argument is ambiguous", "lacks its value").replace(/\.$/, "")}.`, { cause: error });
  }
}

function usageOf(program: Program): string {
  const commands = program.commands.map((one) => helpOf(program, one).replaceAll(/^/gm, "  "));
  return `${program.name}: ${program.about}\n\n${commands.join("\n")}`;
}

function helpOf({ name, otherwise }: Program, { name: command, about, options }: Command): string {
  const all = Object.entries(options);
  const wide = Math.max(0, ...all.map(([option]) => option.length));
  const synopsis = all.map(([option, { value, required }]) => {
    const text = `--${option} ${shown(value)}`.trim();
    return required ? text : `[${text}]`;
  });
  return [
    [name, ...(command === otherwise ? [] : [command]), ...synopsis].join(" "),
    `    ${about}`,
    ...all.map(([option, { about }]) => `      --${option.padEnd(wide)}  ${about}`),
  ].join("\n");
}

const shown = (value: Option["value"] = ""): string => (typeof value === "string" ? value : value.join("|"));
