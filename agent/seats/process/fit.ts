import { type Fit, PLAIN_SEAT_MEMORY } from "../../contract/fit.ts";

/** Kernel, desktop and a teacher's own browser. */
const RESERVE = 2 ** 30;

/** Plain processes share everything: so many that all of it is used up make each of them slow. @param memory of this computer, bytes */
export function fitOfProcesses(seats: number, memory: number): Fit {
  const fitting = Math.max(0, Math.floor((memory - RESERVE) / PLAIN_SEAT_MEMORY));
  if (seats <= fitting) return { verdict: "good" };
  const why = `${seats} seats, each with a shell and a browser, want ${gigabytes(seats * PLAIN_SEAT_MEMORY)} of memory; this computer has ${gigabytes(memory)}, which does for ${fitting}. All of them would be slow.`;
  return { verdict: "small", why };
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;
