import type { SeatLives } from "../../agent/terminals/terminals.ts";

/** Of seats whose programs nobody ends. */
export const ONE_LIFE: SeatLives = { isOpen: () => true, life: () => undefined };
