import type { LlmState } from "../contract/llm.ts";

/** What the upstream says is shown to the instructor, cut to a sentence or two. */
const MESSAGE_LIMIT = 300;

export type Trouble = Exclude<LlmState, "ok" | "paused" | "no-key">;

/** How the upstream does, by its last answers: the next good one heals it. */
export interface Health {
  /** Undefined: all is well. */
  current(): { state: Trouble; since: string; message: string } | undefined;
  good(): void;
  bad(state: Trouble, message: string): void;
}

export function openHealth(changed: () => void, now: () => Date = () => new Date()): Health {
  let trouble: ReturnType<Health["current"]>;
  return {
    current: () => trouble,
    good: () => {
      if (!trouble) return;
      trouble = undefined;
      changed();
    },
    bad: (state, said) => {
      const message = said.slice(0, MESSAGE_LIMIT);
      if (trouble?.state === state && trouble.message === message) return;
      trouble = { state, message, since: trouble?.state === state ? trouble.since : now().toISOString() };
      changed();
    },
  };
}
