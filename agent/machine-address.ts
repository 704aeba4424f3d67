import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { NekoSettings } from "./contract/neko.ts";
import { uplinkIn } from "./seats/kernel-routes.ts";

/** With the address by which this computer reaches others, where none is set. Behind a router that is a private one: fine for a class beside it. */
export async function withAddress(neko: NekoSettings | undefined): Promise<NekoSettings | undefined> {
  if (!neko || neko.address !== undefined) return neko;
  const uplink = uplinkIn(await readFile("/proc/net/route", "utf8").catch(() => ""));
  const address = (networkInterfaces()[uplink ?? ""] ?? []).find(
    ({ family, internal }) => family === "IPv4" && !internal,
  )?.address;
  return address === undefined ? neko : { ...neko, address };
}
