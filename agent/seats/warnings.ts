import type { Warning } from "../contract/api.ts";
import type { Memory } from "../engine/memory.ts";

/** The oldest go: whoever has not read a hundred reads no more. */
const KEPT = 100;

/** Somebody has read it: the same again is no news before a day has passed. */
const READ_MS = 24 * 3_600_000;

/** The same every few seconds isn't worth a write each time. */
const AGAIN_MS = 60_000;

export interface Warned {
  /** Whatever has the same one is the same warning, in newer words. */
  about: string;
  message: string;
  seat?: number;
}

/** What people should know and nothing failed by. Kept in the engine's memory, over restarts. */
export interface Warnings {
  add(warned: Warned): void;
  /** Unread ones, oldest first. */
  all(): Warning[];
  /** Somebody has read all that were there until then; milliseconds since 1970. */
  read(until: number): void;
}

interface Saved {
  message: string;
  seat?: number;
  firstAt: number;
  lastAt: number;
  readAt?: number;
}

const PREFIX = "warning/";

export function openWarnings(memory: Memory, now: () => number = Date.now): Warnings {
  const of = (key: string) => memory.get(key) as unknown as Saved;
  const set = (key: string, saved: Saved | undefined) => {
    try {
      memory.set(key, saved && { ...saved });
    } catch {
      // A full disk is what it may be about: it holds in memory, and the engine saves it with its next step.
    }
  };
  const byAge = () => memory.keys(PREFIX).sort((a, b) => of(a).lastAt - of(b).lastAt);

  function add({ about, message, seat }: Warned): void {
    const key = PREFIX + about;
    const [known, at] = [memory.get(key) as unknown as Saved | undefined, now()];
    if (known?.readAt !== undefined && at - known.readAt < READ_MS) return;
    if (known?.message === message && at - known.lastAt < AGAIN_MS) return;
    const firstAt = known && known.readAt === undefined ? known.firstAt : at;
    set(key, { message, ...(seat !== undefined && { seat }), firstAt, lastAt: at });
    for (const old of byAge().slice(0, -KEPT)) set(old, undefined);
  }

  const all = (): Warning[] => {
    const unread = byAge()
      .map(of)
      .filter(({ readAt }) => readAt === undefined);
    return unread.map(({ message, seat, firstAt, lastAt }) => ({
      ...{ message, firstAt: new Date(firstAt).toISOString(), lastAt: new Date(lastAt).toISOString() },
      ...(seat !== undefined && { seat }),
    }));
  };

  return {
    add,
    all,
    read: (until) => {
      for (const key of byAge()) if (of(key).lastAt <= until) set(key, { ...of(key), readAt: now() });
    },
  };
}
