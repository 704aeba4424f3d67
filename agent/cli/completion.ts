import { existsSync } from "node:fs";
import type { Changes, SeatConnections, Workshops } from "../contract/api.ts";
import type { ChangeView } from "../contract/changes.ts";
import { type Command, command } from "../contract/command-line.ts";
import type { Described } from "../contract/described.ts";
import { seatName } from "../contract/seats.ts";
import { type AgentApi, openApi } from "./agent-api.ts";
import { plainLine } from "./plain.ts";
import { oneSeat } from "./seat-words.ts";

/** What stands before the word that is typed, and what of that is there. */
interface Typed {
  command: Described;
  /** Those without a name, in order. */
  words: readonly string[];
  /** The option whose value is being typed. */
  option: string | undefined;
  machine: string | undefined;
  current: string;
}

/** @param commands all of the program's */
export const completionCommand = (commands: () => readonly Command[]): Command =>
  command(
    {
      ...{ name: "completion", about: "prints what bash needs to complete these lines: source <(clarateach-agent completion)" },
      words: [{ name: "LINE", about: "a line as it is typed so far: prints how its last word may go on", optional: true }],
      options: {},
      group: "This program",
    },
    async (_, [line]) => {
      if (line === undefined) return console.log(SCRIPT);
      const found = await candidates(commands(), line).catch(() => []);
      for (const word of found) console.log(word);
    },
  );

/** Where bash takes colons for ends of words, only what stands behind the last one is put in. */
const SCRIPT = `_clarateach_agent() {
  local line=\${COMP_LINE:0:COMP_POINT} typed before
  typed=\${line##*[[:space:]]}
  mapfile -t COMPREPLY < <("\${COMP_WORDS[0]}" completion -- "$line" 2>/dev/null)
  if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then
    before=\${typed%"\${typed##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -o default -F _clarateach_agent clarateach-agent`;

/** How the last word of a line may go on. @throws when the agent can't be asked */
export async function candidates(commands: readonly Described[], line: string): Promise<string[]> {
  const [, first = "", ...rest] = line.trimStart().split(/\s+/);
  const fitting = (words: readonly string[], current: string) => words.map(plainLine).filter((word) => word.startsWith(current));
  if (rest.length === 0) return fitting(["help", ...commands.map(({ name }) => name)], first);
  const command = commands.find(({ name }) => name === first);
  const typed = command && typedIn(command, rest);
  return typed ? fitting(await wordsFor(typed), typed.current) : [];
}

/** Undefined behind `--`: what stands there is a program's. */
function typedIn(command: Described, rest: readonly string[]): Typed | undefined {
  const before = rest.slice(0, -1);
  if (before.includes("--")) return undefined;
  const takesValue = (word: string | undefined) => word?.startsWith("--") && command.options[word.slice(2)]?.value !== undefined;
  const words = before.filter((word, i) => !word.startsWith("-") && !takesValue(before[i - 1]));
  const last = before.at(-1);
  const machine = before.find((_, i) => before[i - 1] === "--machine");
  return { command, words, option: takesValue(last) ? last?.slice(2) : undefined, machine, current: rest.at(-1) ?? "" };
}

async function wordsFor({ command, words, option, machine, current }: Typed): Promise<readonly string[]> {
  const value = option === undefined ? undefined : command.options[option]?.value;
  if (value !== undefined) return typeof value === "string" ? [] : value;
  if (current.startsWith("-")) return Object.keys({ ...command.options, help: {} }).map((name) => `--${name}`);
  const known = command.words ?? [];
  const word = known[words.length] ?? (known.at(-1)?.many ? known.at(-1) : undefined);
  const ask = ASKED[word?.name ?? ""];
  const api = ask && openApi(machine);
  // A Tab starts no agent of a project's.
  return api && existsSync(api.machine.socket) ? ask(api, words, command.name) : [];
}

/** By the name of a word: what the agent knows for it. */
const ASKED: Record<string, (api: AgentApi, words: readonly string[], command: string) => Promise<readonly string[]>> = {
  SEAT: async (api) => (await api.get<Workshops>("/v1/workshops")).workshops.map(({ seat, name }) => name ?? seatName(seat)),
  CHANGE: async (api, _, name) => {
    const select = name === "continue" || name === "abort" ? "in-progress" : "all";
    return (await api.get<Changes>(`/v1/changes?select=${select}`)).changes.map(({ id }) => id);
  },
  TASK: async (api, [id = ""]) =>
    (await api.get<ChangeView>(`/v1/changes/${encodeURIComponent(id)}`)).tasks.map((task) => task.id),
  PLUG: async (api, [seat]) => (await connectionsOf(api, seat)).plugs.map(({ name }) => name),
  SLOT: async (api, [seat]) => (await connectionsOf(api, seat)).slots.map(({ name }) => name),
};

const connectionsOf = async (api: AgentApi, seat: string | undefined) =>
  api.get<SeatConnections>(`/v1/connections?seat=${await oneSeat(api, seat)}`);
