import { readFileSync } from "node:fs";

/** Of /proc/PID/stat: 100 a second on every Linux that we run on. */
const TICKS = 100;

/** Seconds of processor time that a process has taken, all its threads. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most memory that a process had since it began (VmHWM). */
export const mostMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? Number.NaN) / 1024;
