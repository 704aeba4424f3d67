/**
 * WebSocket close codes of the product (4000–4999 are an application's own, RFC 6455 §7.4.2).
 * A page that sees one of `FINAL` stays closed and says why; after any other it reconnects.
 */
export const CLOSE = {
  /** The workshop was stopped or reached its end: there is nothing to come back to. */
  ENDED: 4001,
  /** The seat's generation went up: this token and cookie are over (kicked, moved, freed). */
  REPLACED: 4003,
  /** A frame that no client of ours sends. */
  BAD_FRAME: 4400,
  /** The seat isn't ready (being made, refreshed or repaired); come back soon. */
  NOT_READY: 4409,
  /** This way to the seat's browser can't be had now; the reason is a sentence that says why. Another way is open: take that. */
  OTHER_WAY: 4503,
  /** More sockets than one seat may hold. */
  TOO_MANY: 4429,
  /** The reader fell further behind than the agent buffers for it. */
  TOO_SLOW: 1013,
  /** The agent goes down for a moment; shells stay. */
  RESTART: 1012,
} as const;

export const FINAL: readonly number[] = [CLOSE.ENDED, CLOSE.REPLACED];

/** Codes that only a library sees, and those of nobody, are never on the wire (RFC 6455 §7.4). */
export const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
