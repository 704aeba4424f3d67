import type { Static, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { Problem } from "../../agent/contract/errors.ts";
import type { MachineReport } from "../../agent/contract/machine.ts";
import { asReport, ReportSchema } from "../../agent/contract/report-schema.ts";
import { machineOfSeat } from "../../agent/contract/seats.ts";
import { machineIndex } from "../workshops/workshop.ts";

/** What came, if the contract says so; fields that it doesn't have pass. @throws Problem UNAVAILABLE naming what doesn't fit */
export function checked<T extends TSchema>(schema: T, came: unknown, what: string): Static<T> {
  if (Value.Check(schema, came)) return came;
  const { path, message } = Value.Errors(schema, came).First() ?? { path: "", message: "unknown" };
  throw new Problem("UNAVAILABLE", `The ${what} doesn't fit the contract: ${path.slice(0, 100) || "all of it"}: ${message}.`);
}

/** A machine speaks of its own seats only: else it could call another machine's ready. @param name the machine's */
export function reportOf(name: string, came: unknown): MachineReport {
  const report = asReport(checked(ReportSchema, came, `report of ${name}`));
  const tasks = report.changes.flatMap(({ tasks }) => tasks).filter(({ seat }) => seat !== undefined);
  const foreign = [...report.seats, ...(report.llm?.seats ?? []), ...tasks].find(
    ({ seat = 0 }) => machineOfSeat(seat) !== machineIndex(name),
  );
  if (foreign) throw new Problem("UNAVAILABLE", `The report of ${name} speaks of seat ${foreign.seat}, which isn't on it.`);
  return report;
}
