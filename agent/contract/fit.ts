/** Of a plain process: a shell and a browser. Ten want 2 GB. */
export const PLAIN_SEAT_MEMORY = 0.2 * 2 ** 30;

/** What so many seats would get of a computer, asked before anything is made. */
export interface Fit {
  /** `small`: they start, and a class has little pleasure in them. `impossible`: they don't start. */
  verdict: "good" | "small" | "impossible";
  /** Unless it is good: what they would get, and what helps. */
  why?: string;
  /** What seats would be. Missing: whoever was asked doesn't know yet. */
  runtime?: "docker" | "process";
}
