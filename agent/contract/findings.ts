/** One look of the doctor's. */
export interface Finding {
  what: string;
  /** `bad`: no seats without it. `missing`: a part stays off, or it will hurt later. */
  state: "good" | "missing" | "bad";
  /** What was found. */
  found: string;
  /** What to do; only when it isn't good. */
  fix?: string;
}

export const good = (what: string, found: string): Finding => ({ what, state: "good", found });
export const missing = (what: string, found: string, fix: string): Finding => ({ what, state: "missing", found, fix });
export const bad = (what: string, found: string, fix: string): Finding => ({ what, state: "bad", found, fix });

export const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;
