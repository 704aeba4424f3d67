import { countedAddress } from "../../agent/contract/addresses.ts";

interface Connections {
  requestIP(request: Request): { address: string } | null;
}

/**
 * The client's address as limits count it. Behind a front the gateway listens on loopback alone and every call comes from there:
 * the front names its client in a header that it sets itself, whatever came with the call.
 */
export function addressOf(request: Request, server: Connections | null, behindFront: boolean): string {
  const address = server?.requestIP(request)?.address ?? "unknown";
  const local = address === "127.0.0.1" || address === "::1" || address === "::ffff:127.0.0.1";
  return countedAddress((behindFront && local && request.headers.get("x-forwarded-for")) || address);
}
