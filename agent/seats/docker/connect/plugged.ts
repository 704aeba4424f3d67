import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DeviceGrant } from "../../../interfaces/grants.ts";

type Match = DeviceGrant["match"];

/**
 * Character devices that hang on USB and are what a plug says. Nothing else of the kernel's can be had so, whatever a definition says: neither
 * memory nor consoles, no disk by a way round its file system, no bus of the mainboard.
 * @param root below it are `dev` and `sys` @returns paths as programs know them: `/dev/ttyACM0`
 */
export async function pluggedDevices(match: Match, root: string): Promise<string[]> {
  const directory = join(root, "sys/dev/char");
  const numbers = await readdir(directory).catch(() => []);
  const devices = await Promise.all(numbers.map((number) => read(join(directory, number))));
  return devices.flatMap((device) => (device && is(device, match) ? `/dev/${device.name}` : [])).sort();
}

/** `tty 2341:0043`, for people. */
export function describe({ subsystem, vendorid, productid }: Match): string {
  const ids = vendorid === undefined ? [] : [`${vendorid}:${productid ?? "any"} (USB)`];
  return [...(subsystem === undefined ? [] : [subsystem]), ...ids].join(" ");
}

interface Plugged {
  /** Below `/dev`. */
  name: string;
  subsystem: string;
  vendorid: string;
  productid: string;
}

/** Disks as their drivers see them. */
const NEVER: ReadonlySet<string> = new Set(["scsi_generic", "bsg"]);

function is(device: Plugged, { subsystem, vendorid, productid }: Match): boolean {
  // By this name alone it would be everything that is plugged in, hubs and keyboards too.
  if (NEVER.has(device.subsystem) || (vendorid === undefined && device.subsystem === "usb")) return false;
  return (
    (subsystem === undefined || subsystem === device.subsystem) &&
    (vendorid === undefined || vendorid === device.vendorid) &&
    (productid === undefined || productid === device.productid)
  );
}

/** Undefined: it isn't plugged in, or not any more. */
async function read(link: string): Promise<Plugged | undefined> {
  try {
    const directory = await realpath(link);
    const usb = await usbOf(directory);
    const name = /^DEVNAME=(.+)$/m.exec(await readFile(join(directory, "uevent"), "utf8"))?.[1];
    if (!usb || name === undefined) return undefined;
    return { name, subsystem: basename(await readlink(join(directory, "subsystem"))), ...usb };
  } catch {
    return undefined;
  }
}

/** Of the nearest USB device above, or of itself. */
async function usbOf(directory: string): Promise<Pick<Plugged, "vendorid" | "productid"> | undefined> {
  const [vendorid, productid] = await Promise.all(["idVendor", "idProduct"].map((file) => idIn(join(directory, file))));
  if (vendorid !== undefined && productid !== undefined) return { vendorid, productid };
  const above = dirname(directory);
  return above === directory ? undefined : usbOf(above);
}

const idIn = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
