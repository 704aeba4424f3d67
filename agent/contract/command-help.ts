import type { Described, DescribedProgram, Option } from "./described.ts";

/** What a program knows: commands of a group with a line each, others whole. */
export function usageOf(program: DescribedProgram): string {
  const { name, about, commands, more } = program;
  const whole = commands.filter(({ group }) => group === undefined);
  const groups = [...new Set(commands.flatMap(({ group }) => group ?? []))];
  return [
    `${name}: ${about}`,
    ...(whole.length > 0 ? [whole.map((one) => helpOf(program, one).replaceAll(/^/gm, "  ")).join("\n")] : []),
    ...groups.map((group) => `${group}:\n${listed(commands.filter((one) => one.group === group))}`),
    ...(more === undefined ? [] : [more]),
  ].join("\n\n");
}

function listed(commands: readonly Described[]): string {
  const wide = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, about }) => `  ${name.padEnd(wide)}  ${about}`).join("\n");
}

/** What one command takes. */
export function helpOf({ name: program, otherwise }: DescribedProgram, described: Described): string {
  const { name, about, options, words = [] } = described;
  const named = Object.entries(options).map(([option, { about }]) => [`--${option}`, about] as const);
  const rows = [...words.map(({ name, about }) => [name, about] as const), ...named];
  const wide = Math.max(0, ...rows.map(([left]) => left.length));
  return [
    [program, ...(name === otherwise ? [] : [name]), ...synopsis(described)].join(" "),
    `    ${about}`,
    ...rows.map(([left, about]) => `      ${left.padEnd(wide)}  ${about}`),
  ].join("\n");
}

function synopsis({ options, words = [], program }: Described): string[] {
  const plain = words.map(({ name, optional, many }) => {
    const text = many ? `${name}…` : name;
    return optional ? `[${text}]` : text;
  });
  const named = Object.entries(options).map(([option, { value, required }]) => {
    const text = `--${option} ${shown(value)}`.trim();
    return required ? text : `[${text}]`;
  });
  if (!program) return [...plain, ...named];
  return [...plain.slice(0, -1), ...named, "--", ...plain.slice(-1)];
}

export const shown = (value: Option["value"] = ""): string => (typeof value === "string" ? value : value.join("|"));
