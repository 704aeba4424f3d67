import { machineOfSeat } from "../../agent/contract/seats.ts";
import type { Costs, RentedTime } from "../../provision/cloud.ts";
import type { CostView } from "../../views/cost.ts";
import type { Held, Workshop } from "./record.ts";
import { type MachineDetail, machinesOf } from "./resources/machine-row.ts";
import { plannedEnd } from "./times.ts";

const HOUR_MS = 3_600_000;

/** From a start to its end, before anything is made. Pure. */
export function expectedCost(costs: Costs, { seats, hours }: { seats: number; hours: number }): CostView {
  const times = Array.from({ length: machineOfSeat(seats) }, () => ({ machine: costs.next, hours }));
  return { is: "expected", ...costs.of(times), learnerHours: seats * hours };
}

/**
 * What is known at this moment. Undefined: nothing cost anything. Pure.
 * @param leadMs so long before its time a class is started @param now milliseconds since 1970
 */
export function costNow(costs: Costs, held: Held, leadMs: number, now: number): CostView | undefined {
  const { workshop } = held;
  const { seats, ends_at } = workshop;
  const hours = hoursOf(workshop, leadMs, now);
  if (workshop.receipt?.cost) return workshop.receipt.cost;
  const times = timesOf(held, now);
  if (workshop.state === "created" || (workshop.state === "failed" && times.length === 0))
    return expectedCost(costs, { seats, hours });
  if (workshop.receipt) return undefined;
  const goesOn = ends_at !== null && (workshop.state === "provisioning" || workshop.state === "running");
  return {
    is: "running",
    ...costs.of(times),
    ...(goesOn && { endUsd: costs.of(timesAtEnd(costs, held, now, Date.parse(ends_at))).usd }),
    learnerHours: seats * hours,
  };
}

/** From its machines' start to its end: agreed, or so many hours from whenever it is started by hand. */
function hoursOf(workshop: Workshop, leadMs: number, now: number): number {
  const { started_at, ends_at } = workshop;
  if (started_at === null || ends_at === null) return plannedHours(workshop, leadMs, now);
  return (Date.parse(ends_at) - Date.parse(started_at)) / HOUR_MS;
}

/** The same before the start. */
export function plannedHours(times: Pick<Workshop, "hours" | "starts_at" | "planned_end">, leadMs: number, now: number): number {
  const end = plannedEnd(times);
  const begin = times.starts_at === null ? now : Date.parse(times.starts_at) - leadMs;
  return end === undefined ? times.hours : Math.max(0, end - begin) / HOUR_MS;
}

/** Until they were gone. Undefined: nothing cost anything. Pure. @param now milliseconds since 1970 */
export function finalCost(costs: Costs, held: Held, now: number): CostView | undefined {
  const times = timesOf(held, now);
  const { seats, ready_at, stop_at } = held.workshop;
  const ran = ready_at && stop_at ? (Date.parse(stop_at) - Date.parse(ready_at)) / HOUR_MS : 0;
  return times.length === 0 ? undefined : { is: "final", ...costs.of(times), learnerHours: seats * ran };
}

/** A machine that doesn't exist yet will, from now on. */
function timesAtEnd(costs: Costs, { rows }: Held, now: number, endsAt: number): RentedTime[] {
  const end = Math.max(now, endsAt);
  return machinesOf(rows).flatMap(({ detail }) => {
    const times = rentedTimes(detail, end);
    return detail.rented ? times : [...times, { machine: costs.next, hours: (end - now) / HOUR_MS }];
  });
}

const timesOf = ({ rows }: Held, now: number): RentedTime[] => machinesOf(rows).flatMap(({ detail }) => rentedTimes(detail, now));

/** Of all machines of one index: those that are gone, and the one that is there. */
function rentedTimes({ rented, rentedBefore = [] }: MachineDetail, now: number): RentedTime[] {
  return [...rentedBefore, ...(rented ? [{ ...rented, until: now }] : [])].map(
    ({ since, until, endsBy = until, ...machine }) => ({
      machine,
      hours: Math.max(0, Math.min(until, endsBy) - since) / HOUR_MS,
    }),
  );
}
