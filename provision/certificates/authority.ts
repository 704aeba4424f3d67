import { certificateRequest } from "../../agent/contract/certificate-request.ts";
import { newKey } from "./account.ts";
import type { RequestAuthority, Way } from "./request-authority.ts";

/** This server's own doors are shut: no authority can help. */
export class DoorProblem extends Error {
  override readonly name = "DoorProblem";
}

/** One place that gives certificates for keys that are made here. */
export interface Authority {
  /** For messages: `acme-v02.api.letsencrypt.org`. */
  name: string;
  /** @throws with the authority's words */
  order(host: string, signal: AbortSignal): Promise<{ key: string; chain: string }>;
}

export const openAuthority = ({ name, open }: RequestAuthority, { names }: Pick<Way, "names">): Authority => ({
  name,
  order: async (host, signal) => {
    const [order, key] = [await open(host, signal), newKey()];
    return { key, chain: await order.sign(certificateRequest(key, names(host)), signal) };
  },
});
