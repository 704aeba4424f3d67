import type { RefreshPlan } from "../../agent/contract/api.ts";
import { Problem } from "../../agent/contract/errors.ts";
import type { SeatReport } from "../../agent/contract/machine.ts";
import { seatsOfMachine } from "../../agent/contract/seats.ts";
import type { RefreshPlanView, SeatOutlook } from "../../views/definition.ts";
import type { AgentClient } from "../agents/client.ts";
import type { Seen, Whole } from "./record.ts";
import { addressOf, type MachineRow, machinesOf } from "./resources/machine-row.ts";

/** What one machine said, or why it could not. */
interface Said {
  told: boolean;
  seats: RefreshPlanView["seats"];
  sdks?: RefreshPlan["sdks"];
  problem?: string;
}

/** Asks every machine of a class what a refresh would make of its seats, side by side. */
export async function refreshPlan(agents: Pick<AgentClient, "plan">, whole: Whole, seen: Seen): Promise<RefreshPlanView> {
  const said = await Promise.all(machinesOf(whole.rows).map((row) => askMachine(agents, whole, row, seen)));
  return {
    told: said.every(({ told }) => told),
    sdks: joined(said.flatMap(({ sdks }) => (sdks ? [sdks] : []))),
    seats: said.flatMap(({ seats }) => seats).sort((a, b) => a.seat - b.seat),
    problems: said.flatMap(({ problem, seats }) => (problem ? [{ seats: seats.map(({ seat }) => seat), problem }] : [])),
  };
}

async function askMachine(agents: Pick<AgentClient, "plan">, { workshop }: Whole, row: MachineRow, seen: Seen): Promise<Said> {
  const own = seatsOfMachine(row.idx, workshop.seats);
  const { report, answers } = seen(row.idx);
  if (!report || !answers)
    return { told: false, seats: all(own, "unknown"), problem: "Their machine doesn’t answer just now; this page asks again." };
  if (report.revision < workshop.document) return { told: false, seats: all(own, "unknown") };
  const reports = new Map(report.seats.map((seat) => [seat.seat, seat]));
  const made = own.filter((seat) => reports.get(seat)?.operations?.includes("refresh"));
  const others = own.filter((seat) => !made.includes(seat)).map((seat) => ({ seat, does: unplanned(reports.get(seat)) }));
  if (made.length === 0) return { told: true, seats: others };
  try {
    const plan = await agents.plan(addressOf(row), made);
    const does = new Map(plan.seats.map((one) => [one.seat, one.does]));
    const planned = made.map((seat) => ({ seat, does: does.get(seat) ?? ("unknown" as const) }));
    return { told: true, seats: [...others, ...planned], sdks: plan.sdks };
  } catch (cause) {
    const problem = cause instanceof Problem ? cause.message : "Their machine doesn’t answer just now; this page asks again.";
    return { told: true, seats: [...others, ...all(made, "unknown")], problem };
  }
}

const all = (seats: readonly number[], does: SeatOutlook) => seats.map((seat) => ({ seat, does }));

/** One that nothing can be planned for: it isn't made, or something goes on there. */
function unplanned(report: SeatReport | undefined): SeatOutlook {
  if (report?.status === "waiting") return "waits";
  if (report?.status === "pending") return "busy";
  return report?.status === "off" || report?.status === "error" ? "unmade" : "unknown";
}

/** What any machine has to install is installed anew. */
function joined(plans: readonly RefreshPlan["sdks"][]): RefreshPlanView["sdks"] {
  const built = new Set(plans.flat().flatMap(({ name, layer }) => (layer === "built" ? [name] : [])));
  return (plans[0] ?? []).map(({ name }) => ({ name, layer: built.has(name) ? "built" : "reused" }));
}
