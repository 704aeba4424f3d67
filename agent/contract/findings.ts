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

export const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;
