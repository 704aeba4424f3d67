import { type ErrorBody, type PlacedProblem, Problem } from "../../agent/contract/errors.ts";
import { KEY_LEAST, KEY_MOST } from "../../agent/contract/llm.ts";
import { SEATS_LIMIT } from "../../agent/contract/seats.ts";
import type { WorkshopWish } from "../services.ts";
import { type CheckedDefinition, checkedDefinition } from "./definition.ts";
import { oneLine } from "./names.ts";
import { quoted } from "./quoted.ts";
import { checkedTimes, type Times } from "./times.ts";
import { HOURS, NAME_LIMIT } from "./workshop.ts";

/** What was typed has problems, one sentence a field: a form shows each under its own. */
export class InputProblem extends Problem {
  constructor(
    readonly fields: Readonly<Record<string, string>>,
    /** Of the definition, with their lines. */
    readonly problems: readonly PlacedProblem[] = [],
  ) {
    super("INVALID_INPUT", Object.values(fields).join(" "));
  }
  override get body(): ErrorBody {
    const { error } = super.body;
    return { error: { ...error, ...(this.problems.length > 0 && { problems: this.problems }) } };
  }
}

/** A wish that was found good. */
export interface CheckedWish extends Required<Pick<WorkshopWish, "name" | "seats" | "apiKey" | "hours" | "smallSeats">> {
  definition: CheckedDefinition;
  times: Times;
}

/** @param zone in which sentences say times; left out: UTC @throws InputProblem with every problem at once */
export async function checkedWish(wish: Readonly<Record<string, unknown>>, zone?: string): Promise<CheckedWish> {
  const name = typeof wish.name === "string" ? oneLine(wish.name) : wish.name;
  const hours = wish.hours ?? HOURS.default;
  const definition = await checkedDefinition(wish.definition);
  const now = Date.now();
  const times = checkedTimes(wish, { createdAt: now, now, zone });
  const fields = Object.entries({
    name: nameProblem(name),
    seats: countProblem("seats", wish.seats, 1, SEATS_LIMIT),
    apiKey: keyProblem(wish.apiKey),
    hours: countProblem("hours", hours, HOURS.least, HOURS.most),
    definition: definition.problem,
    smallSeats: switchProblem("smallSeats", wish.smallSeats),
    ...times.problems,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (fields.length > 0 || definition.problems) throw new InputProblem(Object.fromEntries(fields), definition.problems);
  const { seats, apiKey, smallSeats = false } = wish as unknown as WorkshopWish;
  return {
    name: name as string,
    seats,
    apiKey,
    hours: hours as number,
    smallSeats,
    definition: definition.value,
    times: times.value,
  };
}

function nameProblem(name: unknown): string | undefined {
  if (typeof name !== "string" || name === "") return "The workshop needs a name.";
  const length = [...name].length;
  return length > NAME_LIMIT ? `The name has ${length} characters; use at most ${NAME_LIMIT}.` : undefined;
}

function countProblem(what: string, value: unknown, least: number, most: number): string | undefined {
  if (typeof value !== "number" || !Number.isInteger(value))
    return `The number of ${what} is ${quoted(value)}; use a whole number from ${least} to ${most}.`;
  if (value > most) return `${value} ${what} are too many: use ${least} to ${most}.`;
  return value < least ? `${value} ${what} are too few: use ${least} to ${most}.` : undefined;
}

export function keyProblem(key: unknown): string | undefined {
  if (typeof key !== "string" || key === "") return "The workshop needs an LLM API key.";
  if (key.length < KEY_LEAST)
    return `This key has ${key.length === 1 ? "1 character" : `${key.length} characters`}; keys have ${KEY_LEAST} at least.`;
  if (key.length > KEY_MOST)
    return `This key is ${key.length} characters long; keys have ${KEY_MOST} at most. Copy it again from where you made it.`;
  if (/[\s\p{C}]/u.test(key)) return "This key has a space or a line break in it. Copy it again from where you made it.";
  const strange = /[^\x21-\x7e]/u.exec(key)?.[0];
  return strange && `This key has the character “${strange}” in it, which no key has. Copy it again from where you made it.`;
}

const switchProblem = (what: string, value: unknown): string | undefined =>
  value === undefined || typeof value === "boolean" ? undefined : `${what} is ${quoted(value)}; it may be true or false.`;
