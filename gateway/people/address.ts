import { countedAddress } from "../../agent/contract/addresses.ts";

interface Connections {
  requestIP(request: Request): { address: string } | null;
}

/**
 * The client's address as limits count it. Behind a front, or another https server of this computer, every call comes from loopback: that
 * names its client in a header, as the last of those that stand there. What stands before it came with the call, and anybody can write it.
 */
export function addressOf(request: Request, server: Connections | null, behindFront: boolean): string {
  const address = server?.requestIP(request)?.address ?? "unknown";
  const local = address === "127.0.0.1" || address === "::1" || address === "::ffff:127.0.0.1";
  const named = behindFront && local ? request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
  return countedAddress(named || address);
}
