/** Moving when a class begins and ends. */
import { Problem } from "../../agent/contract/errors.ts";
import { InputProblem } from "./input.ts";
import { isoOf, sayMoment } from "./moments.ts";
import type { Held, Workshop } from "./record.ts";
import { checkedTimes, readMoment, type TimesWish } from "./times.ts";
import { latestClassEnd, machinesEnd } from "./workshop.ts";

/** Its times are others. What is left out stays. @throws Problem STATE_CONFLICT once it was started; InputProblem */
export function scheduled({ workshop, rows }: Held, wish: TimesWish, now: Date, zone?: string): Held {
  if (workshop.state !== "created" && workshop.state !== "failed")
    throw new Problem("STATE_CONFLICT", `The workshop “${workshop.name}” is ${workshop.state}: only its end can still be moved.`);
  const { startsAt = ahead(workshop.starts_at, now), endsAt = ahead(workshop.planned_end, now) } = wish;
  const checked = checkedTimes({ startsAt, endsAt }, { createdAt: Date.parse(workshop.created_at), now: now.getTime(), zone });
  if (Object.keys(checked.problems).length > 0) throw new InputProblem(checked.problems);
  return { workshop: { ...workshop, ...checked.value }, rows };
}

/** Of what was missed nothing is left to keep. */
const ahead = (at: string | null, now: Date): string | null => (at !== null && Date.parse(at) > now.getTime() ? at : null);

/** Its end is another, earlier or later. The same again is fine. @throws Problem STATE_CONFLICT, InputProblem */
export function extended({ workshop, rows }: Held, endsAt: unknown, now: Date, zone?: string): Held {
  const latest = latestClassEnd(workshop);
  if (!["provisioning", "running"].includes(workshop.state) || workshop.failure !== null || latest === undefined)
    throw new Problem("STATE_CONFLICT", `The workshop “${workshop.name}” is ${stateOf(workshop)}: there is no end to move.`);
  const [end, bad = "endsAt is missing: say when the class is to end, as 2026-11-29T18:00:00Z."] = readMoment("endsAt", endsAt);
  if (end === undefined) throw new InputProblem({ endsAt: bad });
  if (end <= now.getTime())
    throw new InputProblem({ endsAt: `${sayMoment(end, zone)} has passed. Choose a later time, or stop the workshop.` });
  if (end > latest)
    throw new InputProblem({
      endsAt: `${sayMoment(end, zone)} is too late: its machines were made for a class that goes on until ${sayMoment(latest, zone)} at most.`,
    });
  if (isoOf(end) === workshop.ends_at) return { workshop, rows };
  return {
    workshop: { ...workshop, ends_at: isoOf(end), latest_end: isoOf(machinesEnd(workshop)), document: workshop.document + 1 },
    rows,
  };
}

const stateOf = ({ state, failure }: Workshop): string => (failure !== null && state === "provisioning" ? "being undone" : state);
