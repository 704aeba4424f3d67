import type { Finding } from "./findings.ts";

/** The server takes 2.5 s between its first piece and its last; a browser that is busy hears some of them together. */
const APART_MS = 800;
/** A browser that was busy all the while isn't again and again. */
const TRIES = 3;
const ANSWER_MS = 20_000;

/** Whether an answer comes as it is sent, or is held back until it is whole. */
export async function checkPieces(): Promise<Finding> {
  let isHeard = false;
  for (let tries = 0; tries < TRIES; tries++) {
    const apart = await readPieces().catch(() => undefined);
    isHeard ||= apart !== undefined;
    if (apart !== undefined && apart >= APART_MS) return { is: "pass" };
  }
  return { is: isHeard ? "fail" : "untested" };
}

/** @returns milliseconds between the first piece and the last */
async function readPieces(): Promise<number> {
  const response = await fetch("/check/pieces", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok || !response.body) throw new Error(`there is no answer in pieces: ${response.status}`);
  const reader = response.body.getReader();
  const heard: number[] = [];
  while (!(await reader.read()).done) heard.push(performance.now());
  return (heard.at(-1) ?? 0) - (heard[0] ?? 0);
}
