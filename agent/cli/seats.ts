import { join, resolve } from "node:path";
import { command } from "../contract/command-line.ts";
import type { MachineReport } from "../contract/machine.ts";
import { seatName } from "../contract/seats.ts";

export const seatsCommand = command(
  {
    name: "seats",
    about: "shows what the agent of a machine serves",
    options: {
      machine: { value: "DIR", required: true, about: "the machine's directory" },
      json: { about: "the whole report, for programs" },
    },
  },
  async ({ machine, json }) => {
    const report = await askReport(resolve(machine));
    console.log(json ? JSON.stringify(report, null, 2) : printedSeats(report));
  },
);

/** Asks the agent of `directory` over its socket. @throws with a sentence when none answers */
async function askReport(directory: string): Promise<MachineReport> {
  const unix = join(directory, "agent.sock");
  try {
    const answer = await fetch("http://agent/report", { unix });
    return (await answer.json()) as MachineReport;
  } catch (cause) {
    throw new Error(`no agent answers at "${unix}": is it running, and is this its machine's directory?`, { cause });
  }
}

/** For people: one line a seat. */
function printedSeats({ seats }: MachineReport): string {
  if (seats.length === 0) return "no seats";
  return seats
    .map(({ seat, status, generation, viewers, progress, note, usage }) => {
      const made = status === "pending" ? ` ${Math.round(progress * 100)} %` : "";
      const takes = usage
        ? `  ${mib(usage.memoryBytes)} of ${mib(usage.memoryLimitBytes)} MiB, ${usage.processes} processes`
        : "";
      return `seat ${seatName(seat)}  ${status}${made}  generation ${generation}  ${viewers} open terminals${takes}${note ? `  ${note}` : ""}`;
    })
    .join("\n");
}

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
