import { createHash, randomBytes } from "node:crypto";
import type { SeatPort } from "../contract/ports.ts";

/** From one redirect to the next. */
const TICKET_MS = 30_000;
/** Of one seat within that time, a browser that opens its tabs again; its oldest goes first, and no other seat's. */
const MOST_PER_SEAT = 32;
const SECRET = /^[0-9a-f]{64}$/;

/** A learner's seat as it is now; what was given to an earlier generation opens nothing. */
export interface Holder extends SeatPort {
  generation: number;
}

/** What leads a learner's browser from the workspace to one port, once. */
export interface Tickets {
  /** @param way what the browser's secret for this way is hashed to: nobody else's browser can go it */
  issue(holder: Holder, way: string): string;
  /** Whose it was. It opens nothing a second time, also when it didn't fit the first time. */
  take(ticket: string, at: SeatPort, secret: string): Holder | undefined;
}

/** A browser's own, for one way. */
export const newSecret = (): string => randomBytes(32).toString("hex");

export const wayOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** A secret, or what one is hashed to, by its form. */
export const isSecret = (text: string | null | undefined): text is string => SECRET.test(text ?? "");

export function openTickets(now: () => number = Date.now): Tickets {
  const issued = new Map<string, { holder: Holder; way: string; until: number }>();
  return {
    issue: (holder, way) => {
      const its = [...issued].flatMap(([older, one]) => (one.holder.seat === holder.seat ? older : []));
      for (const older of its.slice(0, Math.max(0, its.length + 1 - MOST_PER_SEAT))) issued.delete(older);
      const ticket = newSecret();
      issued.set(ticket, { holder, way, until: now() + TICKET_MS });
      return ticket;
    },
    take: (ticket, at, secret) => {
      const found = issued.get(ticket);
      issued.delete(ticket);
      if (!found || now() >= found.until || found.way !== wayOf(secret)) return undefined;
      const { holder } = found;
      return holder.seat === at.seat && holder.port === at.port ? holder : undefined;
    },
  };
}
