import type { ErrorBody } from "../../../agent/contract/errors.ts";
import type { SessionInfo } from "../../../agent/contract/session.ts";

/** `/vm/04/`: every address of the seat is below it. */
export const base = location.pathname.replace(/[^/]*$/, "");

/** `04` */
export const seatText = /\/vm\/(\d\d)\/$/.exec(base)?.[1] ?? "";

/** `away`: no answer, or one that will be another soon. */
export type Sight = { is: "here"; session: SessionInfo } | { is: "ended"; keptUntil?: string } | { is: "replaced" | "away" };

/** Who and where I am, asked of the machine. */
export async function lookUp(): Promise<Sight> {
  try {
    const answer = await fetch(`${base}session`, { headers: { accept: "application/json" }, cache: "no-store" });
    if (answer.ok) return { is: "here", session: (await answer.json()) as SessionInfo };
    const { error } = (await answer.json().catch(() => ({}))) as Partial<ErrorBody>;
    if (error?.code === "WORKSHOP_ENDED") return { is: "ended", ...(error.keptUntil ? { keptUntil: error.keptUntil } : {}) };
    return { is: answer.status === 401 || answer.status === 403 ? "replaced" : "away" };
  } catch {
    return { is: "away" };
  }
}
