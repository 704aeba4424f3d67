import { Problem } from "../contract/errors.ts";
import { CHALLENGE } from "../contract/hello.ts";
import { hello, type Identity } from "./identity.ts";

/** The gateway asks once; who asks more often is guessing, or makes the machine sign for nothing. */
const A_SECOND = 20;

/** `GET /v1/hello?challenge=…`, for anyone: the certificate, proved with the boot document's nonce. */
export function openGreeting(
  identity: Identity,
  nonce: string | undefined,
  now: () => number = Date.now,
): (url: URL) => Response {
  let [second, count] = [0, 0];
  return (url) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) [second, count] = [current, 0];
    count += 1;
    if (count > A_SECOND)
      throw new Problem("RATE_LIMITED", "Too many ask at once: try again in a second.", { retryAfterSeconds: 1 });
    const challenge = url.searchParams.get("challenge") ?? "";
    if (!CHALLENGE.test(challenge)) throw new Problem("INVALID_INPUT", "The challenge must be 64 lower-case hex digits.");
    const answer = hello(identity, nonce, challenge);
    if (!answer) throw new Problem("FORBIDDEN", "This machine's boot document has no nonce: it can't prove itself.");
    return Response.json(answer);
  };
}
