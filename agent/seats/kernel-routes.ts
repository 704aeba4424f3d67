/** A row of `/proc/net/route`: to these addresses, first and last as numbers. */
export interface Route {
  first: number;
  last: number;
  /** The interface it goes by. */
  by: string;
  /** Of two ways to the same addresses the one with the lower counts. */
  metric: number;
}

/** `/proc/net/route`: addresses are little-endian hex. A default route has all addresses. */
export function routesIn(table: string): Route[] {
  const rows = table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  return rows.map(([by = "", destination = "0", , , , , metric, mask = "0"]) => {
    const first = littleEndian(destination);
    return { by, metric: Number(metric), first, last: first + (2 ** 32 - 1 - littleEndian(mask)) };
  });
}

export const isDefault = ({ first, last }: Route): boolean => first === 0 && last === 2 ** 32 - 1;

/** The interface by which the machine reaches everybody; undefined without one. */
export const uplinkIn = (table: string): string | undefined =>
  routesIn(table)
    .filter(isDefault)
    .sort((one, other) => one.metric - other.metric)[0]?.by;

const littleEndian = (hex: string): number => Number.parseInt((hex.padStart(8, "0").match(/../g) ?? []).reverse().join(""), 16);
