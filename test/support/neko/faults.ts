/** What goes wrong, on command; a new process has none but those it is started with. */
export interface Faults {
  /** signal/request has no answer any more. */
  wedge: boolean;
  /** Connections stand and no picture comes. */
  mute: boolean;
  /** Nothing that opens a socket gets one word. */
  silent: boolean;
}

const NAMES = ["wedge", "mute", "silent"] as const;

/** @param words of NEKO_STAND_IN_FAULTS, between commas  @throws naming the one that isn't known */
export function readFaults(words: string | undefined): Faults {
  const wanted = (words ?? "").split(",").filter((word) => word !== "");
  const unknown = wanted.find((word) => !(NAMES as readonly string[]).includes(word));
  if (unknown) throw new Error(`NEKO_STAND_IN_FAULTS has "${unknown}"; it may have ${NAMES.join(", ")}.`);
  return { wedge: wanted.includes("wedge"), mute: wanted.includes("mute"), silent: wanted.includes("silent") };
}
