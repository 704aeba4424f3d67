/** An authority's words, long ones cut. */
const WORDS_LIMIT = 400;
/** Let's Encrypt's longest limit is a week's; what says more was set by a clock that is wrong. */
const CLOSED_LONGEST_MS = 8 * 24 * 3_600_000;
/** As Let's Encrypt writes it: “retry after 2026-12-01 14:05:00 UTC: see https://…”, and before 2024 `2026-12-01T14:05:00Z`. */
const AGAIN_AFTER = /\bretry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:Z| UTC)/;

/** An authority refused, in its own words; or gave no answer. */
export class AcmeProblem extends Error {
  override readonly name = "AcmeProblem";
  /** Milliseconds since 1970: it had enough, and takes nothing before. */
  readonly retryAt: number | undefined;

  /** @param kind the last part of RFC 8555 §6.7's type: `rateLimited`, `badNonce` */
  constructor(
    words: string,
    readonly kind = "",
    retryAt?: number,
  ) {
    super(words);
    this.retryAt = retryAt;
  }
}

/** What an answer that is no success says. @param now milliseconds since 1970 */
export function problemOf(status: number, body: unknown, retryAfter: string | null, now = Date.now()): AcmeProblem {
  const { type = "", detail } = (body ?? {}) as { type?: string; detail?: string };
  const kind = String(type).split(":").at(-1) ?? "";
  const words = typeof detail === "string" && detail !== "" ? detail.slice(0, WORDS_LIMIT) : `it answered with status ${status}`;
  if (kind !== "rateLimited" && status !== 429) return new AcmeProblem(words, kind);
  const said = AGAIN_AFTER.exec(words);
  const at = said ? Date.parse(`${said[1]}T${said[2]}Z`) : timeIn(retryAfter, now);
  if (Number.isNaN(at)) return new AcmeProblem(words, kind);
  // An instant as programs write it: pages show it in their reader's time.
  const instant = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const told = said ? words.replace(said[0], `retry after ${instant}`) : `${words.replace(/\.?$/, ".")} Again after ${instant}.`;
  return new AcmeProblem(told, kind, Math.min(at, now + CLOSED_LONGEST_MS));
}

/** @param header seconds or a date (RFC 9110 §10.2.3) */
export const timeIn = (header: string | null, now = Date.now()): number =>
  /^\d{1,9}$/.test(header ?? "") ? now + Number(header) * 1000 : Date.parse(header ?? "");
