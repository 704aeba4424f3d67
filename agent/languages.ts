import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./machine/durable.ts";

/** In which language Claude answers each learner: the one her browser asks for pages in. */
export interface Languages {
  /** Its name in English; undefined: in the language that Claude is asked in. */
  of(seat: number, generation: number): string | undefined;
  /** @param accepted an Accept-Language header @returns whether it is another one now */
  hear(seat: number, generation: number, accepted: string | null): boolean;
}

/** Kept over an agent's restart: a page that stays open says it only once. @param directory the machine's */
export function openLanguages(directory: string): Languages {
  const path = join(directory, "languages.json");
  const known = read(path);
  const of = (seat: number, generation: number): string | undefined => {
    const found = known[seat];
    return found?.generation === generation ? found.language : undefined;
  };
  return {
    of,
    hear: (seat, generation, accepted) => {
      const language = languageIn(accepted);
      if (language === of(seat, generation)) return false;
      known[seat] = { generation, ...(language && { language }) };
      writeWhole(path, JSON.stringify(known));
      return true;
    },
  };
}

type Known = Record<number, { generation: number; language?: string }>;

/** One that a power cut left unreadable is nobody's loss: pages say it again. */
function read(path: string): Known {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Known;
  } catch {
    return {};
  }
}

const TAG = /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3})\s*(?:[,;]|$)/i;
const NAMES = new Intl.DisplayNames(["en"], { type: "language", languageDisplay: "standard", fallback: "none" });

/**
 * `de-CH,de;q=0.9` → `German (Switzerland)`: browsers name the language of their own menus first. Undefined for English, in which Claude
 * answers whom it isn't told, and for what has no name.
 */
export function languageIn(accepted: string | null): string | undefined {
  const tag = TAG.exec(accepted ?? "")?.[1];
  return tag === undefined || /^en\b/i.test(tag) ? undefined : named(tag);
}

function named(tag: string): string | undefined {
  try {
    return NAMES.of(tag);
  } catch {
    // Well formed for us, and not for the standard.
    return undefined;
  }
}
