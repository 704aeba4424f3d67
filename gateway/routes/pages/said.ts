import { Problem } from "../../../agent/contract/errors.ts";
import type { Said } from "../../../views/parts/banner.tsx";
import { firstSentence } from "./problems.tsx";

/** What a machine or a seat's state refuses; all else is a page of its own. */
const SHOWN: ReadonlySet<Problem["code"]> = new Set(["STATE_CONFLICT", "INVALID_INPUT", "UNAVAILABLE"]);

/** It is said where somebody clicked; else it is for the page of problems. */
export const isRefusal = (thrown: unknown): thrown is Problem => thrown instanceof Problem && SHOWN.has(thrown.code);

export function sayAs(kind: "warn" | "bad", sentences: string): Said {
  const [bold, rest] = firstSentence(sentences);
  return { kind, bold, rest };
}

export const SAID_NOTHING: Said = { bold: "Nothing differs.", rest: "There was nothing to do, and nothing was done." };
