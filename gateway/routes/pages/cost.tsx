import { SEATS_LIMIT } from "../../../agent/contract/seats.ts";
import type { CostView } from "../../../views/cost.ts";
import { NewCost } from "../../../views/parts/cost.tsx";
import { HOURS } from "../../workshops/workshop.ts";
import { timesIn } from "../typed-times.ts";
import { answerPart } from "./answer.ts";
import { type Ask, type PageRoute, signedIn } from "./ask.ts";

export const costRoutes: PageRoute[] = [{ method: "GET", path: "/workshops/cost", handle: show }];

/** What the form asks about; times as `timesIn` reads them. */
interface Typed {
  seats: string;
  hours: string;
  startsAt: string;
  endsAt: string;
  zone: string;
}

/** What so many seats for so long cost: asked for when they change in the form. */
async function show(ask: Ask): Promise<Response> {
  await signedIn(ask);
  const value = (name: keyof Typed) => ask.url.searchParams.get(name) ?? "";
  const typed = { seats: value("seats"), hours: value("hours"), startsAt: value("startsAt"), endsAt: value("endsAt") };
  return answerPart(<NewCost cost={costIn(ask, { ...typed, zone: value("zone") }) ?? null} />);
}

/** Null: no class can be so. Undefined: machines cost nothing here. */
export function costIn({ services }: Ask, typed: Typed): CostView | null | undefined {
  const [seats, hours] = [Number(typed.seats), Number(typed.hours)];
  const { startsAt, endsAt, problems } = timesIn(formOf(typed));
  const isPossible = Number.isInteger(seats) && seats >= 1 && seats <= SEATS_LIMIT && hours >= HOURS.least && hours <= HOURS.most;
  const found = services.workshops.cost(isPossible ? { seats, hours, startsAt, endsAt } : { seats: 1, hours: HOURS.least });
  if (!found) return undefined;
  const length = found.learnerHours / seats;
  return isPossible && Object.keys(problems).length === 0 && length > 0 && length <= LONGEST_HOURS ? found : null;
}

/** Machines are made some minutes before a class that begins at a time. */
const LONGEST_HOURS = HOURS.most + 1;

function formOf(typed: Typed): FormData {
  const form = new FormData();
  for (const name of ["startsAt", "endsAt", "zone"] as const) form.append(name, typed[name]);
  return form;
}
