import { join } from "node:path";
import type { MachineReport } from "../contract/machine.ts";
import { seatName } from "../contract/seats.ts";

/** Asks the agent of `directory` over its socket. @throws with a sentence when none answers */
export async function askReport(directory: string): Promise<MachineReport> {
  const unix = join(directory, "agent.sock");
  try {
    const answer = await fetch("http://agent/report", { unix });
    return (await answer.json()) as MachineReport;
  } catch (cause) {
    throw new Error(`no agent answers at "${unix}": is it running, and is this its machine's directory?`, { cause });
  }
}

/** For people: one line a seat. */
export function printedSeats({ seats }: MachineReport): string {
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
