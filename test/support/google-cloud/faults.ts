export const FAULTS = ["answer", "lost", "cut", "silent", "late", "operation", "stale"] as const;

/**
 * What goes wrong, as a test scripts it.
 * - `answer`: refused with this status before anything is done
 * - `lost`: done, but the connection breaks before the answer
 * - `cut`: the connection breaks before anything is done
 * - `silent`: done, and never answered
 * - `late`: done, and answered so much later
 * - `operation`: accepted, and its operation fails with this code
 * - `stale`: the fingerprint is refused, as if another had written meanwhile
 */
export type Fault = { method?: string; path?: string; times?: number } & (
  | { kind: "answer"; status: number; reason?: string; message?: string; rpc?: string; details?: unknown[] }
  | { kind: "lost" | "cut" | "silent" | "stale" }
  | { kind: "late"; ms: number }
  | { kind: "operation"; code: string; message?: string; status?: number }
);

/** Faults wait for calls that fit: method and path (a regular expression, of path and query), so many times (once unless said). */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** How many weren't met yet. */
  waiting(): number;
  /** The first that fits; it is used up. */
  take(method: string, path: string): Fault | undefined;
}

export function openFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    clear: () => {
      waiting = [];
    },
    waiting: () => waiting.length,
    take: (method, path) => {
      const found = waiting.find(({ fault }) => fits(fault, method, path));
      if (!found) return undefined;
      found.left -= 1;
      if (found.left <= 0) waiting = waiting.filter((each) => each !== found);
      return found.fault;
    },
  };
}

const fits = (fault: Fault, method: string, path: string): boolean =>
  (fault.method ?? method) === method && new RegExp(fault.path ?? "").test(path);
