import { X509Certificate } from "node:crypto";
import type { MachineDocument } from "../contract/machine.ts";
import type { PortsFeature } from "../contract/ports.ts";

/** Whether names below this machine's lead here in a browser: on one's own computer they do, elsewhere a certificate has to cover them. */
export function portsFeature({ publicHost, namesBelow, chain }: MachineDocument): PortsFeature {
  const host = publicHost?.replace(/:\d+$/, "");
  if (host === undefined || namesBelow || (chain !== undefined && covers(chain, host))) return { available: true };
  return {
    available: false,
    reason: "This server’s certificate has no names for them.",
    fix: "Set CLARATEACH_DNS: certificates that come by DNS-01 have them.",
  };
}

function covers(chain: string, host: string): boolean {
  try {
    return new X509Certificate(chain).checkHost(`01-3000.${host}`) !== undefined;
  } catch {
    return false;
  }
}
