import type { Workshops } from "../contract/api.ts";
import { UsageProblem } from "../contract/command-line.ts";
import { SEATS_LIMIT, seatName } from "../contract/seats.ts";
import type { AgentApi } from "./agent-api.ts";

/** How seats stand on a command line. */
export const SEATS = {
  name: "SEAT",
  about: "its number: 4, 04, or several: 1-3; in a project a name",
  optional: true,
  many: true,
} as const;
export const SEAT = { name: "SEAT", about: "its number: 4 or 04; in a project its name" } as const;

/** `4`, `04`, `1-3` → numbers, each once and in order. @throws UsageProblem for what names no seat */
export function seatNumbers(words: readonly string[]): number[] {
  return [...new Set(words.flatMap((word) => word.split(",").flatMap(range)))].sort((a, b) => a - b);
}

/** Workshops of a project have names, which begin with a letter. */
export const nameSeats = (words: readonly string[]): boolean => words.every((word) => /^\d/.test(word));

/** One that a command is about: `04`. @throws UsageProblem */
export async function oneSeat(api: AgentApi, word = ""): Promise<string> {
  const [seat, ...more] = seatNumbers(await numbered(api, [word]));
  if (seat !== undefined && more.length === 0) return seatName(seat);
  throw new UsageProblem(`"${word}" names several seats; name one.`);
}

/**
 * Those that something is done with. Undefined: all of the machine, which have to be meant; where there is one, it is.
 * @throws UsageProblem
 */
export async function meantSeats(api: AgentApi, words: readonly string[], all: boolean): Promise<number[] | undefined> {
  if (all && words.length > 0) throw new UsageProblem("--all stands beside seats: name some, or take all.");
  if (all) return undefined;
  if (words.length > 0) return seatNumbers(await numbered(api, words));
  const { workshops } = await api.get<Workshops>("/v1/workshops");
  const [only] = workshops;
  if (only && workshops.length === 1) return [only.seat];
  throw new UsageProblem(`Name seats of "${api.machine.name}" or add --all: it has ${spans(workshops.map(({ seat }) => seat))}.`);
}

/** Names of a project's workshops become their seats' numbers. @throws UsageProblem for one that none has */
export async function numbered(api: AgentApi, words: readonly string[]): Promise<string[]> {
  // A project's agent may have to be started, and its socket says nothing of that.
  if (!api.machine.project && nameSeats(words)) return [...words];
  const { workshops } = await api.get<Workshops>("/v1/workshops");
  const names = workshops.flatMap(({ name }) => name ?? []);
  return words.map((word) => {
    const found = workshops.find(({ name }) => name === word);
    if (found || names.length === 0 || /^\d/.test(word)) return found ? String(found.seat) : word;
    throw new UsageProblem(`No workshop is called "${word}" here: there are ${names.join(", ")}.`);
  });
}

/** For people: `01–03, 05`. */
export function spans(seats: readonly number[]): string {
  if (seats.length === 0) return "none";
  const runs: number[][] = [];
  for (const seat of seats) {
    const last = runs.at(-1);
    if (last?.at(-1) === seat - 1) last.push(seat);
    else runs.push([seat]);
  }
  return runs.map((run) => [...new Set([run[0] ?? 0, run.at(-1) ?? 0])].map(seatName).join("–")).join(", ");
}

function range(word: string): number[] {
  const [, from = "", to = from] = /^(\d{1,2})(?:[-–](\d{1,2}))?$/.exec(word) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === "" || first < 1 || last < first || last > SEATS_LIMIT)
    throw new UsageProblem(`"${word}" names no seat: they are numbered, such as 4, 04 or 1-3.`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
