import { readFile } from "node:fs/promises";

/** A socket as the kernel lists it (Documentation/networking/proc_net_tcp.rst). */
export interface KernelSocket {
  /** Of this end, in the kernel's own hex. */
  address: string;
  port: number;
  /** `LISTENING`, or another of the kernel's. */
  state: string;
  uid: number;
  inode: number;
}

export type SocketTable = "tcp" | "tcp6" | "udp" | "udp6";

/** Waits for connections. UDP has no such state: one that isn't connected hears everybody. */
export const LISTENING = "0A";
export const UNCONNECTED = "07";

/** Lines of `/proc/net/tcp` and its like; what isn't one is left out, a cut last line too. */
export function socketsIn(table: string): KernelSocket[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state = "", , , , uid, , inode = ""] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    if (!/^[0-9A-F]{4}$/.test(port) || !/^\d+$/.test(inode)) return [];
    return [{ address, port: Number.parseInt(port, 16), state, uid: Number(uid), inode: Number(inode) }];
  });
}

/** Of this machine; none where there is no such table, as where there is no IPv6. */
export const machineSockets = async (table: SocketTable): Promise<KernelSocket[]> =>
  socketsIn(await readFile(`/proc/net/${table}`, "utf8").catch(() => ""));
