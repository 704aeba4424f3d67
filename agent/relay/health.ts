import type { LlmState } from "../contract/llm.ts";

/** What the upstream says is shown to the instructor, cut to a sentence or two. */
const MESSAGE_LIMIT = 300;

export type Trouble = Exclude<LlmState, "ok" | "paused" | "no-key">;

/** What was answered: our own small question, or a seat's. Where seats' requests fail, the small one's good answer says nothing. */
export type Question = "probe" | "seats";

/** How the upstream does, by its last answers: the next good one heals it. */
export interface Health {
  /** Undefined: all is well. */
  current(): { state: Trouble; since: string; message: string } | undefined;
  good(to: Question): void;
  /** @param to the least question whose good answer heals it */
  bad(state: Trouble, message: string, to: Question): void;
}

export function openHealth(changed: () => void, now: () => Date = () => new Date()): Health {
  let trouble: ReturnType<Health["current"]>;
  let heals: Question = "probe";
  return {
    current: () => trouble,
    good: (to) => {
      if (!trouble || (to === "probe" && heals === "seats")) return;
      trouble = undefined;
      changed();
    },
    bad: (state, said, to) => {
      heals = to;
      const message = said.slice(0, MESSAGE_LIMIT);
      if (trouble?.state === state && trouble.message === message) return;
      trouble = { state, message, since: trouble?.state === state ? trouble.since : now().toISOString() };
      changed();
    },
  };
}
