import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { NekoSettings } from "./contract/neko.ts";

/** With the address by which this computer reaches others, where none is set. Behind a router that is a private one: fine for a class beside it. */
export async function withAddress(neko: NekoSettings | undefined): Promise<NekoSettings | undefined> {
  if (!neko || neko.address !== undefined) return neko;
  const uplink = uplinkIn(await readFile("/proc/net/route", "utf8").catch(() => ""));
  const address = (networkInterfaces()[uplink ?? ""] ?? []).find(
    ({ family, internal }) => family === "IPv4" && !internal,
  )?.address;
  return address === undefined ? neko : { ...neko, address };
}

/** The interface of the default route that counts, as `/proc/net/route` lists them; pure. */
export function uplinkIn(table: string): string | undefined {
  const rows = table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  const routes = rows.flatMap(([by = "", to, , , , , metric, mask]) =>
    to === "00000000" && mask === "00000000" ? [{ by, metric: Number(metric) }] : [],
  );
  return routes.sort((one, other) => one.metric - other.metric)[0]?.by;
}
