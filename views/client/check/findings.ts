/** What is checked of a network and a browser, in the order of the page. */
export const CHECKS = ["https", "websocket", "held", "pieces", "udp", "clock", "screen", "clipboard"] as const;
export type CheckName = (typeof CHECKS)[number];

/** Without these there is no class; without one of the others there is less of it. */
export const NEEDED: readonly CheckName[] = ["https", "websocket", "held"];

export const VERDICTS = ["pass", "fail", "untested"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why it is so, where a verdict can have several reasons; the sentence to each is in `words.ts`. */
export const REASONS = [
  /** https: a device on the way speaks another HTTP than our server, or says that it is there. */
  "opened",
  /** https: the page came without it. */
  "plain",
  /** websocket: none opened; held: none opened that could be held. */
  "refused",
  /** websocket, held: it is open, and nothing comes back. */
  "silent",
  /** websocket: something else came back. */
  "changed",
  /** held: closed although it was pinged. */
  "cut",
  /** held: closed because nothing was sent; those with pings stay. */
  "idle",
  /** held: only one with pings could be tried. */
  "pinged",
  /** udp: the server names nobody to ask. */
  "unset",
  /** udp, clipboard: the browser can't. */
  "missing",
  /** clipboard: nobody pressed yet. */
  "unasked",
  /** clipboard: it can be written and not read. */
  "write-only",
] as const;
export type Reason = (typeof REASONS)[number];

/** What one check found. Numbers are whole. */
export interface Finding {
  is: Verdict;
  why?: Reason;
  /** held: after how many it was cut; clock: by how many it is ahead of the server's, below 0 behind. */
  seconds?: number;
  /** screen: in CSS pixels. */
  width?: number;
  height?: number;
}

export type Findings = Partial<Record<CheckName, Finding>>;

/** As headings and in lists. */
export const TITLES: Record<CheckName, string> = {
  https: "HTTPS",
  websocket: "WebSocket",
  held: "WebSocket held for a minute",
  pieces: "Answers in pieces",
  udp: "UDP",
  clock: "Clock",
  screen: "Screen",
  clipboard: "Clipboard",
};

/** A clock further off than this shows wrong times in every page of the class. */
export const CLOCK_TOLERANCE_S = 120;
/** From here on terminal and preview stand side by side. */
export const SCREEN_LEAST = { width: 1024, height: 600 } as const;
/** Nothing is sent over the line for so long: above the minute after which most proxies cut. */
export const HOLD_S = 65;
/** As a class's own connections: their servers ping after so much silence, which a minute's idle limit doesn't reach. */
export const PING_AFTER_S = 44;

/** What fails of what a class needs. */
export const troubles = (findings: Findings): CheckName[] =>
  CHECKS.filter((name) => NEEDED.includes(name) && findings[name]?.is === "fail");

/** What fails besides: the class goes on with less. */
export const lacks = (findings: Findings): CheckName[] =>
  CHECKS.filter((name) => !NEEDED.includes(name) && findings[name]?.is === "fail");
