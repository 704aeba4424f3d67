import { createHmac, timingSafeEqual } from "node:crypto";

/** Generations of one seat that are told apart from a stranger's token: for the sentence only. */
const LOOKED_BACK = 50;

/** What a seat's programs show to the relay of their own seat: made from the machine's key, so that it is the same after a restart. */
export interface SeatTokens {
  of(seat: number, generation: number): string;
  /** `old`: of an earlier generation of this seat. */
  judge(shown: string | undefined, seat: number, generation: number): "good" | "old" | "wrong";
}

/** @param key the machine's, 32 bytes */
export function openTokens(key: Uint8Array, workshop: string): SeatTokens {
  const of = (seat: number, generation: number) =>
    `ct-seat-${createHmac("sha256", key).update(`relay\0${workshop}\0${seat}\0${generation}`).digest("base64url")}`;
  return {
    of,
    judge: (shown, seat, generation) => {
      if (shown === undefined) return "wrong";
      if (isSame(shown, of(seat, generation))) return "good";
      for (let old = generation - 1; old >= Math.max(1, generation - LOOKED_BACK); old--)
        if (isSame(shown, of(seat, old))) return "old";
      return "wrong";
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The CLI sends its token as one or the other. */
export function shownToken(headers: Headers): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? headers.get("x-api-key") ?? undefined;
}
