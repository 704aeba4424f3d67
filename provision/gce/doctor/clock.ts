import { ask } from "../calls.ts";
import { green, red, type Seen, unknown } from "./finding.ts";

/** Tokens for machines are good for a minute: a clock that is off by more makes them worthless. */
const CLOCK_MS = 20_000;

/** @param url whose answers say the time */
export async function clock(url: string, signal: AbortSignal): Promise<Seen> {
  const read = () => fetch(url, { method: "HEAD", signal, keepalive: false });
  const date = Date.parse((await ask("tell the time", read, { signal, attempts: 2 })).headers.get("date") ?? "");
  if (Number.isNaN(date)) return unknown("Google's answer has no time.");
  const off = Date.now() - date;
  if (Math.abs(off) < CLOCK_MS) return green("This computer's clock is right.");
  const seconds = Math.round(Math.abs(off) / 1000);
  return red(
    `This computer's clock is ${seconds} s ${off > 0 ? "fast" : "slow"}: tokens for machines will be refused. Set it: sudo timedatectl set-ntp true`,
  );
}
