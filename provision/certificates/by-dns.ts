import { createHash } from "node:crypto";
import type { Names } from "../cloud.ts";
import type { Way } from "./request-authority.ts";

/** A host and all names below it, shown by a record in their zone (RFC 8555 §8.4). */
export const byDns = (names: Pick<Names, "prove">): Way => ({
  advice: "Do the NS records of the domain lead to the zone in Google Cloud DNS that the settings name?",
  type: "dns-01",
  names: (host) => [host, `*.${host}`],
  // Both answers stand under one name: put there together, taken away together.
  show: (host, challenges, signal) =>
    names.prove(
      host,
      challenges.map(({ keyAuthorization }) => createHash("sha256").update(keyAuthorization).digest("base64url")),
      { signal },
    ),
  hide: (host, _, signal) => names.prove(host, [], { signal }),
});
