/** What the page says to neko: nothing else goes up. */
export const TO_NEKO = [
  ...(["signal/request", "signal/answer", "signal/candidate", "signal/audio"] as const),
  ...(["control/request", "control/move", "control/scroll", "control/buttondown", "control/buttonup"] as const),
  ...(["control/keydown", "control/keyup", "control/touchbegin", "control/touchupdate", "control/touchend"] as const),
  ...(["control/paste", "clipboard/set", "client/heartbeat"] as const),
] as const;

/** What the page acts on: nothing else comes down. A heartbeat says by coming that the line lives. */
export const FROM_NEKO = [
  ...(["system/init", "system/heartbeat", "system/disconnect"] as const),
  ...(["signal/provide", "signal/offer", "signal/restart", "signal/candidate", "signal/close"] as const),
  ...(["control/host", "screen/updated", "clipboard/updated"] as const),
] as const;

/** The agent's own, in place of a text that was copied and is too long to come down. */
export const LEFT_OUT = "clipboard/left-out";

export type ToNeko = (typeof TO_NEKO)[number];
export type FromNeko = (typeof FROM_NEKO)[number];
