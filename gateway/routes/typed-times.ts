import type { TypedTimes } from "../../views/parts/moment-field.tsx";
import { isoOf, isZone, momentIn } from "../workshops/moments.ts";

/** What a form says of when a class begins and ends. */
export interface FormTimes {
  typed: TypedTimes;
  /** ISO 8601; null: nothing is wished. */
  startsAt: string | null;
  endsAt: string | null;
  /** What is no moment, a sentence for each field. */
  problems: Partial<Record<Field, string>>;
}

type Field = "startsAt" | "endsAt";
const FIELDS: readonly Field[] = ["startsAt", "endsAt"];

const NO_MOMENT = "This is no date and time. Write it as 2026-11-29T14:00, or leave it empty.";

/** @param form of `ZoneOfTimes` and fields of `MomentField`; one that isn't there is empty */
export function timesIn(form: FormData): FormTimes {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === "string" ? value.trim().slice(0, 40) : "";
  };
  const zone = text("zone") || "UTC";
  const typed = { startsAt: text("startsAt"), endsAt: text("endsAt"), zone };
  const problemOf = (field: Field): string | undefined => {
    if (typed[field] === "") return undefined;
    if (!isZone(zone))
      return `The time zone of your computer, “${zone}”, isn’t known here. Set it to another one of the same time.`;
    return momentIn(typed[field], zone) === undefined ? NO_MOMENT : undefined;
  };
  const problems = FIELDS.flatMap((field) => {
    const problem = problemOf(field);
    return problem ? [[field, problem]] : [];
  });
  const momentOf = (field: Field) => (problemOf(field) || typed[field] === "" ? null : isoOf(momentIn(typed[field], zone)));
  return { typed, startsAt: momentOf("startsAt"), endsAt: momentOf("endsAt"), problems: Object.fromEntries(problems) };
}
