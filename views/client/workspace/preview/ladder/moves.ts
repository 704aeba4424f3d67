import type { Ladder, Why } from "./state.ts";

/** Why it has to be pictures, where it has to. */
export function refusal({ choice, offered, webrtc }: Ladder): Why | undefined {
  if (choice === "vnc") return "chosen";
  if (!offered) return "not-offered";
  return webrtc ? undefined : "no-webrtc";
}

/** @param beside pictures are there, or on their way, and stay until there is video */
export function attempt(ladder: Ladder, { beside, unasked = false }: { beside: boolean; unasked?: boolean }): Ladder {
  return { ...ladder, neko: { is: "trying", since: ladder.now, unasked, provided: false }, beside, hinted: false };
}

/** Pictures from now on, and why. */
export function giveUp(ladder: Ladder, why: Why): Ladder {
  return { ...ladder, neko: { is: "off", since: ladder.now }, beside: false, why };
}

/** Video from now on. */
export const live = (ladder: Ladder): Ladder => ({
  ...ladder,
  ...{ neko: { is: "live", since: ladder.now, last: ladder.now }, beside: false, picture: false, why: undefined },
  hinted: false,
});

/** Time in which nothing could be seen is nobody's fault. */
export function excuse(ladder: Ladder, now: number): Ladder {
  const { neko } = ladder;
  if (neko.is === "off") return ladder;
  if (neko.is === "live") return { ...ladder, neko: { ...neko, last: now } };
  const { first: _, last: __, ...rest } = neko;
  return { ...ladder, neko: { ...rest, since: now, ...(neko.asked === undefined ? {} : { asked: now }) } };
}
