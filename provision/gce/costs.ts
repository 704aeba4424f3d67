import type { Cost, CostItem, Costs, Rented, RentedTime } from "../cloud.ts";
import { addressHour, asOf, regions, sizes, source } from "./prices.json";
import type { GoogleSettings } from "./settings.ts";

/** Disks are charged by the month; Google's calculator counts so many hours for one. */
const MONTH_HOURS = 730;

interface Prices {
  machineHour: number;
  diskGbMonth: number;
  /** Missing: not known there. */
  trafficGb?: number;
}

/** What machines cost by `prices.json`: each with its disk and its address, as long as it exists. */
export function openCosts({ zones, machineType, diskGb }: Pick<GoogleSettings, "zones" | "machineType" | "diskGb">): Costs {
  return { next: { zone: zones[0] ?? "", machineType, diskGb }, of: costOf };
}

/** Pure. Those that are alike become one item. */
function costOf(times: readonly RentedTime[]): Cost {
  const groups = [...Map.groupBy(times, ({ machine }) => `${whatOf(machine)}, ${machine.diskGb} GB`).values()];
  const priced = groups.map((own) => ({ own, prices: pricesOf(own[0]?.machine) }));
  const items = priced.flatMap(({ own, prices }) => (prices ? itemsOf(own, prices) : []));
  const traffic = priced.flatMap(({ prices }) => prices?.trafficGb ?? []);
  return {
    usd: items.reduce((sum, { usd }) => sum + usd, 0),
    items,
    ...(traffic.length > 0 && { trafficGbUsd: Math.max(...traffic) }),
    unpriced: [...new Set(priced.flatMap(({ own, prices }) => (prices ? [] : own.map(({ machine }) => whatOf(machine)))))],
    ...{ asOf, source },
  };
}

function itemsOf(own: readonly RentedTime[], { machineHour, diskGbMonth }: Prices): CostItem[] {
  const hours = own.reduce((sum, each) => sum + each.hours, 0);
  return own.slice(0, 1).flatMap(({ machine }): CostItem[] => [
    { kind: "machine", what: whatOf(machine), count: own.length, hours, unitUsd: machineHour, usd: hours * machineHour },
    {
      ...{ kind: "disk", what: `${machine.diskGb} GB`, count: own.length, hours, unitUsd: diskGbMonth },
      usd: (hours * machine.diskGb * diskGbMonth) / MONTH_HOURS,
    },
    { kind: "address", what: "IPv4", count: own.length, hours, unitUsd: addressHour, usd: hours * addressHour },
  ]);
}

/** `europe-west4-a` → `europe-west4` */
const regionOf = (zone: string): string => zone.replace(/-[a-z]$/, "");

const whatOf = ({ machineType, zone }: Rented): string => `${machineType} in ${regionOf(zone)}`;

/** Undefined: nobody wrote them down. */
function pricesOf({ machineType, zone }: Rented = { machineType: "", zone: "", diskGb: 0 }): Prices | undefined {
  const found = regions.find(({ region }) => region === regionOf(zone));
  const size = (sizes as Record<string, number>)[machineType];
  return found && size !== undefined ? { ...found, machineHour: found.machineHour * size } : undefined;
}
