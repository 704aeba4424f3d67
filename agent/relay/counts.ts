import { join } from "node:path";
import type { LlmCounts } from "../contract/llm.ts";
import { openKept } from "./kept.ts";
import { costOf } from "./prices.ts";
import type { Usage } from "./usage.ts";

/** A class uses two or three models; who makes names up would make the file long. */
const MODELS_PER_SEAT = 20;
/** All models beyond. */
const OTHERS = "others";

export interface Counted extends LlmCounts {
  /** US dollars, of the models that have a price. */
  usd: number;
  /** Tokens of those that have none. */
  unpriced: number;
}
/** A map: a learner may call her model `constructor`, which every object has. */
type Models = Map<string, Counted>;

const NO_TOKENS = { inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 };
const NOTHING: Counted = { requests: 0, ...NO_TOKENS, usd: 0, unpriced: 0 };

/** What each seat used since the workshop began, by model. Kept over an agent that is killed. */
export interface Counts {
  /** One request goes to the upstream. @param model that it asks for @returns tells what it used, each time more is known */
  begin(seat: number, model: string): (usage: Usage, model: string | undefined) => void;
  /** By model. */
  of(seat: number): readonly ({ model: string } & Counted)[];
  total(seat?: number): Counted;
}

/**
 * @param directory the machine's @param changed more was used @param trouble a file that can't be written, once
 * @throws when what was counted before can't be read: counting from nothing would lift every cap
 */
export function openCounts(directory: string, changed: () => void, trouble: (error: unknown) => void): Counts {
  const kept = openKept<Record<string, Record<string, Counted>>>([
    join(directory, "llm-counts.1"),
    join(directory, "llm-counts.2"),
  ]);
  const seats = new Map<number, Models>(
    Object.entries(kept.first ?? {}).map(([seat, models]) => [Number(seat), new Map(Object.entries(models))]),
  );
  let failing = false;

  function save(): void {
    try {
      // At once: an agent is killed without a warning.
      kept.keep(Object.fromEntries([...seats].map(([seat, models]) => [seat, Object.fromEntries(models)])));
      failing = false;
    } catch (error) {
      if (!failing) trouble(error);
      failing = true;
    }
    changed();
  }

  function add(seat: number, model: string, more: Counted): void {
    const models = seats.get(seat) ?? new Map<string, Counted>();
    const known = models.has(model) || models.size < MODELS_PER_SEAT;
    const name = known ? model : OTHERS;
    models.set(name, sum([models.get(name) ?? NOTHING, more]));
    seats.set(seat, models);
    save();
  }

  return {
    begin: (seat, asked) => {
      add(seat, asked, { ...NOTHING, requests: 1 });
      let before: Counted = NOTHING;
      return (usage, model = asked) => {
        const now = counted(model, usage);
        add(seat, nameOf(model, asked), difference(now, before));
        before = now;
      };
    },
    of: (seat) => [...(seats.get(seat) ?? [])].map(([model, one]) => ({ model, ...one })),
    total: (seat) => {
      const wanted = seat === undefined ? [...seats.values()] : [seats.get(seat)];
      return sum(wanted.flatMap((models) => [...(models?.values() ?? [])]));
    },
  };
}

/** An answer names the model with its date; a request needn't. One name for both. */
const nameOf = (answered: string, asked: string): string => (answered.startsWith(asked) ? asked : answered);

function counted(model: string, usage: Usage): Counted {
  const { inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens } = usage;
  const counts = { requests: 0, inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens };
  const usd = costOf(model, usage);
  return { ...counts, usd: usd ?? 0, unpriced: usd === null ? tokensOf(counts) : 0 };
}

function sum(all: readonly Counted[]): Counted {
  return all.reduce((one, other) => combined(one, other, (a, b) => a + b), NOTHING);
}

const difference = (now: Counted, before: Counted): Counted => combined(now, before, (a, b) => a - b);

function combined(one: Counted, other: Counted, by: (a: number, b: number) => number): Counted {
  const kinds = Object.keys(NOTHING) as (keyof Counted)[];
  return Object.fromEntries(kinds.map((kind) => [kind, by(one[kind], other[kind])])) as Record<keyof Counted, number>;
}

/** All four kinds. */
export const tokensOf = ({ inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens }: LlmCounts): number =>
  inputTokens + outputTokens + cacheWriteTokens + cacheReadTokens;
