import type { MachineDocument } from "./contract/machine.ts";
import { openLanguages } from "./languages.ts";
import type { ClaudeWish } from "./seats/claude/settings.ts";
import type { SeatManager } from "./seats/manager.ts";

/** What each seat's Claude is set to: by the workshop, and by her page's language. */
export interface Claude {
  wish(seat: number): ClaudeWish;
  /** What the page of the seat's learner says of itself. @param accepted its Accept-Language header */
  hear(learner: { seat: number; gen: number }, accepted: string | null): void;
  /** Seats or document may have changed: seats that are ready have what is wished. Cheap enough for every change. */
  look(): void;
}

export interface ClaudeGiven {
  /** The machine's. */
  directory: string;
  document(): MachineDocument;
  seats(): Pick<SeatManager, "seat" | "runtime">;
  trouble(error: unknown): void;
}

export function openClaude({ directory, document, seats, trouble }: ClaudeGiven): Claude {
  const languages = openLanguages(directory);
  /** By seat: what it was set to last. */
  const set = new Map<number, string>();
  /** Seats that are to be set, each once: however often a page names another language, the others' turn comes. */
  const due = new Set<number>();
  let setting = false;

  function wish(seat: number): ClaudeWish {
    const { relay, seats } = document();
    const generation = seats.find((one) => one.seat === seat)?.generation ?? 0;
    const language = languages.of(seat, generation);
    return {
      ...(relay?.models && { models: relay.models }),
      ...(relay?.permissions && { permissions: relay.permissions }),
      ...(language && { language }),
    };
  }

  function look(): void {
    for (const { seat, generation } of document().seats) {
      const wished = JSON.stringify([generation, wish(seat)]);
      if (!seats().seat(seat)) set.delete(seat);
      else if (set.get(seat) !== wished) {
        set.set(seat, wished);
        due.add(seat);
      }
    }
    void setDue();
  }

  /** One after the other: the last wish is the one that stays. */
  async function setDue(): Promise<void> {
    if (setting) return;
    setting = true;
    // Those that become due meanwhile come last.
    for (const seat of due) {
      due.delete(seat);
      await Promise.try(() => seats().runtime.setClaude?.(seat)).catch(trouble);
    }
    setting = false;
  }

  return {
    wish,
    look,
    hear: ({ seat, gen }, accepted) => {
      if (languages.hear(seat, gen, accepted)) look();
    },
  };
}
