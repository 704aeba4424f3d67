/** When a class begins and ends: what may be asked for, and what becomes of it. Pure. */
import { Problem } from "../../agent/contract/errors.ts";
import { isoOf, momentOf, sayMoment } from "./moments.ts";
import { quoted } from "./quoted.ts";
import type { Workshop } from "./record.ts";
import { HOURS, KEY_DAYS } from "./workshop.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Before its machines are ready a shorter class would be over. */
const LEAST_MINUTES = 10;

/** A day before its sealed key goes: the start itself still needs that. */
const AHEAD_DAYS = KEY_DAYS - 1;

/** What was asked for: ISO 8601 with a zone; null or left out: by hand, or so many hours after the start. */
export interface TimesWish {
  startsAt?: unknown;
  endsAt?: unknown;
}

/** As a record keeps them. */
export type Times = Pick<Workshop, "starts_at" | "planned_end">;

/** Of the record that they are for. */
interface Frame {
  createdAt: number;
  now: number;
  /** In whose zone sentences say times. */
  zone: string | undefined;
}

type Problems = { startsAt?: string; endsAt?: string };

/** @returns what to keep, and a sentence for each field that is no good */
export function checkedTimes({ startsAt, endsAt }: TimesWish, frame: Frame): { value: Times; problems: Problems } {
  const [start, badStart] = readMoment("startsAt", startsAt);
  const [end, badEnd] = readMoment("endsAt", endsAt);
  const problems = {
    startsAt: badStart ?? (start === undefined ? undefined : startProblem(start, frame)),
    endsAt: badEnd ?? (end === undefined ? undefined : endProblem(end, badStart ? undefined : start, frame)),
  };
  const found = Object.entries(problems).filter(([, problem]) => problem !== undefined);
  return { value: { starts_at: isoOf(start), planned_end: isoOf(end) }, problems: Object.fromEntries(found) };
}

/** @returns milliseconds since 1970, or why it is none */
export function readMoment(field: keyof TimesWish, value: unknown): [at: number | undefined, problem?: string] {
  if (value === undefined || value === null) return [undefined];
  const at = typeof value === "string" ? momentOf(value) : undefined;
  return at === undefined
    ? [undefined, `${field} is ${quoted(value)}; use ISO 8601 with its zone, as 2026-11-29T14:00:00Z.`]
    : [at];
}

function startProblem(start: number, { now, createdAt, zone }: Frame): string | undefined {
  if (start <= now) return `${sayMoment(start, zone)} has passed. Choose a later time, or none to start it by hand.`;
  const most = createdAt + AHEAD_DAYS * 24 * HOUR_MS;
  if (start <= most) return undefined;
  return `${sayMoment(start, zone)} is too far ahead: a workshop’s sealed key is kept for ${KEY_DAYS} days. Choose a time until ${sayMoment(most, zone)}.`;
}

/** @param start undefined: by hand, nobody knows when */
function endProblem(end: number, start: number | undefined, { now, zone }: Frame): string | undefined {
  const said = sayMoment(end, zone);
  if (end <= now) return `${said} has passed. Choose a later time.`;
  if (start === undefined) return undefined;
  if (end <= start) return `${said} is before its start. Choose a time after ${sayMoment(start, zone)}.`;
  return lengthProblem(said, end - start);
}

function lengthProblem(said: string, length: number): string | undefined {
  if (length < LEAST_MINUTES * MINUTE_MS)
    return `From its start to ${said} is less than ${LEAST_MINUTES} minutes. Choose a later time.`;
  if (length <= HOURS.most * HOUR_MS) return undefined;
  return `From its start to ${said} is more than ${HOURS.most} hours, the longest that a class can last. Choose an earlier time.`;
}

/** The end that is agreed before the start. @returns undefined: so many hours after whenever it is started by hand */
export function plannedEnd({
  starts_at,
  planned_end,
  hours,
}: Pick<Workshop, "starts_at" | "planned_end" | "hours">): number | undefined {
  if (planned_end !== null) return Date.parse(planned_end);
  return starts_at === null ? undefined : Date.parse(starts_at) + hours * HOUR_MS;
}

/** Whether its machines are to be made now, early enough for its time. One whose end passed as well was missed. */
export function isDue(workshop: Workshop, leadMs: number, now: number): boolean {
  const { state, starts_at } = workshop;
  if ((state !== "created" && state !== "failed") || starts_at === null) return false;
  return Date.parse(starts_at) - leadMs <= now && now < (plannedEnd(workshop) ?? 0);
}

/** The end of a start by hand. @throws Problem STATE_CONFLICT when the agreed one makes no class from now on */
export function endByHand({ name, planned_end, hours }: Workshop, now: Date): number {
  if (planned_end === null) return now.getTime() + hours * HOUR_MS;
  const end = Date.parse(planned_end);
  const problem = end <= now.getTime() ? `${sayMoment(end)} has passed.` : lengthProblem(sayMoment(end), end - now.getTime());
  if (problem) throw new Problem("STATE_CONFLICT", `“${name}” can’t start now with the end that it has. ${problem}`);
  return end;
}
