import { join } from "node:path";
import { type Counted, counted, difference, NOTHING_COUNTED, sumOf } from "../contract/llm-counts.ts";
import { openKept } from "./kept.ts";
import { costOf } from "./prices.ts";
import type { Usage } from "./usage.ts";

/** A class uses two or three models; who makes names up would make the file long. */
const MODELS_PER_SEAT = 20;
/** All models beyond. */
const OTHERS = "others";

/** A map: a learner may call her model `constructor`, which every object has. */
type Models = Map<string, Counted>;

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
    models.set(name, sumOf([models.get(name) ?? NOTHING_COUNTED, more]));
    seats.set(seat, models);
    save();
  }

  return {
    begin: (seat, asked) => {
      add(seat, asked, { ...NOTHING_COUNTED, requests: 1 });
      let before: Counted = NOTHING_COUNTED;
      return (usage, model = asked) => {
        const now = countedOf(model, usage);
        add(seat, nameOf(model, asked), difference(now, before));
        before = now;
      };
    },
    of: (seat) => [...(seats.get(seat) ?? [])].map(([model, one]) => ({ model, ...one })),
    total: (seat) => {
      const wanted = seat === undefined ? [...seats.values()] : [seats.get(seat)];
      return sumOf(wanted.flatMap((models) => [...(models?.values() ?? [])]));
    },
  };
}

/** An answer names the model with its date; a request needn't. One name for both. */
const nameOf = (answered: string, asked: string): string => (answered.startsWith(asked) ? asked : answered);

function countedOf(model: string, usage: Usage): Counted {
  const { inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens } = usage;
  return counted({ requests: 0, inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens }, costOf(model, usage));
}
