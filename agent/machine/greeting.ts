import { countedAddress } from "../contract/addresses.ts";
import { Problem } from "../contract/errors.ts";
import { CHALLENGE } from "../contract/hello.ts";
import { hello, type Identity } from "./identity.ts";

/** Of one address. The gateway asks once; who asks more often is guessing, or makes the machine sign for nothing. */
const A_SECOND = 20;
/** Addresses that are counted within one second; one more waits for the next. An answer takes some 20 µs: all of them together are bearable. */
const ADDRESSES = 1000;

/** `GET /v1/hello?challenge=…`, for anyone: the certificate, proved with the boot document's nonce. A stranger who asks without end doesn't keep the gateway out. */
export function openGreeting(
  identity: Identity,
  nonce: string | undefined,
  now: () => number = Date.now,
): (url: URL, address: string) => Response {
  const counts = new Map<string, number>();
  let second = 0;
  return (url, address) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) counts.clear();
    second = current;
    count(counts, countedAddress(address));
    const challenge = url.searchParams.get("challenge") ?? "";
    if (!CHALLENGE.test(challenge)) throw new Problem("INVALID_INPUT", "The challenge must be 64 lower-case hex digits.");
    const answer = hello(identity, nonce, challenge);
    if (!answer) throw new Problem("FORBIDDEN", "This machine's boot document has no nonce: it can't prove itself.");
    return Response.json(answer);
  };
}

/** @throws RATE_LIMITED */
function count(counts: Map<string, number>, address: string): void {
  const before = counts.get(address) ?? 0;
  if (before >= A_SECOND || (before === 0 && counts.size >= ADDRESSES))
    throw new Problem("RATE_LIMITED", "Too many ask at once: try again in a second.", { retryAfterSeconds: 1 });
  counts.set(address, before + 1);
}
