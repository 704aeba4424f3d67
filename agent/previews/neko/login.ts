import { NEKO_HTTP_PORT } from "../../contract/neko.ts";
import { seatName } from "../../contract/seats.ts";
import type { SeatHandle } from "../../seats/seat.ts";
import { ask } from "./ask.ts";

/** neko answers in milliseconds; on a machine where ten start at once, in a few seconds. */
const ANSWER_MS = 5000;

/** One word of a header, and in an address with what is odd in it written as %XX. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;

/** Whether neko takes calls. */
export async function isUp(seat: SeatHandle, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  return ask(seat, NEKO_HTTP_PORT, { method: "GET", path: "/health" }, limit).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/**
 * A viewer's session of her own, which opens the WebSocket.
 * @param password of users  @returns the session's token  @throws when neko refuses, or nobody answers as neko does
 */
export async function login(seat: SeatHandle, password: string, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const call = { method: "POST", path: "/api/login", body: { username: `seat-${seatName(seat.seat)}`, password } } as const;
  const { status, body } = await ask(seat, NEKO_HTTP_PORT, call, limit);
  if (status !== 200) throw new Error(`neko of seat ${seatName(seat.seat)} lets nobody in (${status})`);
  const { token } = (JSON.parse(body) ?? {}) as { token?: unknown };
  if (typeof token === "string" && TOKEN.test(token)) return token;
  throw new Error(`what answers as neko of seat ${seatName(seat.seat)} isn't neko`);
}

/** A session that nobody comes back to; whether neko hears of it matters to nobody. */
export async function logout(seat: SeatHandle, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const call = { method: "POST", path: "/api/logout", headers, body: {} } as const;
  await ask(seat, NEKO_HTTP_PORT, call, AbortSignal.timeout(ANSWER_MS)).catch(() => {});
}
