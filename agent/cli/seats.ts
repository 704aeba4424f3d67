import type { Workshops } from "../contract/api.ts";
import { type Command, command } from "../contract/command-line.ts";
import type { MachineReport, SeatUsage } from "../contract/machine.ts";
import { seatName } from "../contract/seats.ts";
import { ASKS, openApi } from "./agent-api.ts";
import { ABOUT_SEATS } from "./asks.ts";
import { plainJson } from "./plain.ts";
import { screenOf } from "./screen.ts";
import { table } from "./table.ts";

export const seatsCommand: Command = command(
  { name: "seats", about: "shows the seats of a machine and how each is", options: ASKS, group: ABOUT_SEATS },
  async ({ machine, json }) => {
    const api = openApi(machine);
    const [answer, report] = await Promise.all([api.get<Workshops>("/v1/workshops"), api.get<MachineReport>("/report")]);
    console.log(json ? plainJson(answer) : printedSeats(answer, report));
  },
);

/** For people. What a seat takes only the report has, and only where its runtime measures it. */
function printedSeats({ workshops }: Workshops, { seats }: MachineReport): string {
  if (workshops.length === 0) return "no seats";
  const isNamed = workshops.some(({ name }) => name !== undefined);
  const rows = workshops.map(({ seat, name = "", status, progress, change, viewers, notes }) => {
    const usage = seats.find((one) => one.seat === seat)?.usage;
    const made = status === "pending" ? ` ${Math.round(progress * 100)} %` : "";
    return [
      seatName(seat),
      ...(isNamed ? [name] : []),
      `${status}${made}`,
      change ?? "",
      String(viewers),
      usage ? takes(usage) : "",
      notes.join("; "),
    ];
  });
  return table(
    ["seat", ...(isNamed ? ["name"] : []), "status", "change", "terminals", "takes", "notes"],
    rows,
    screenOf(process.stdout),
  );
}

const takes = ({ memoryBytes, memoryLimitBytes, processes }: SeatUsage): string =>
  `${mib(memoryBytes)} of ${mib(memoryLimitBytes)} MiB, ${processes} processes`;

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
