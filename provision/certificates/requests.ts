import { X509Certificate } from "node:crypto";
import { isRequestFor } from "../../agent/contract/certificate-request.ts";
import { Problem } from "../../agent/contract/errors.ts";
import type { CallOptions, Certificates, FoundCertificate, Names } from "../cloud.ts";
import { orLeft } from "../leaving.ts";
import { wordsOf } from "./attempt.ts";
import { renewalOf } from "./renewal.ts";
import type { OpenOrder, RequestAuthority } from "./request-authority.ts";

export interface RequestTools {
  /** Asked in this order, until one signs. */
  authorities: readonly RequestAuthority[];
  /** An order that was cut short leaves its answers there. */
  names: Pick<Names, "prove" | "proofs">;
}

/** An order of this process. */
interface Order {
  stop: AbortController;
  /** Of the machine, as soon as it has one. */
  request: PromiseWithResolvers<string>;
  csr?: string;
  done: Promise<void>;
  chain?: string;
  problem?: string;
}

/**
 * Certificates for keys that never leave their machines. An order is opened while its machine boots and goes on with the machine's
 * request. Nothing is kept: what a gateway that ended had ordered is ordered again, and what it had proved counts at the authority.
 */
export function openRequests({ authorities, names }: RequestTools): Required<Certificates> {
  const orders = new Map<string, Order>();

  function begin(host: string): Order {
    const order: Order = { stop: new AbortController(), request: Promise.withResolvers(), done: Promise.resolve() };
    orders.set(host, order);
    order.done = obtain(host, authorities, order).then(
      (chain) => {
        order.chain = chain;
      },
      (error: Error) => {
        order.problem = error.message;
      },
    );
    return order;
  }

  async function find(host: string, options?: CallOptions): Promise<FoundCertificate | undefined> {
    const order = orders.get(host);
    if (order?.chain !== undefined)
      return { host, status: "running", chain: order.chain, renewAt: renewalOf(validityOf(order.chain)) };
    if (order?.problem !== undefined) return { host, status: "broken", detail: order.problem };
    if (order) return { host, status: "starting" };
    return (await names.proofs(host, options)).length > 0 ? { host, status: "starting", stale: true } : undefined;
  }

  /** @param isUsable whether an order that is there may go on with this request */
  function hand(host: string, csr: string, isUsable: (order: Order) => boolean): void {
    if (!isRequestFor(csr, [host, `*.${host}`]))
      throw new Problem("INVALID_INPUT", `The machine of ${host} asks for a certificate that isn't its own: it gets none.`);
    const known = orders.get(host);
    const goesOn = known && known.problem === undefined && isUsable(known);
    if (known && !goesOn) known.stop.abort();
    const order = goesOn ? known : begin(host);
    order.csr = csr;
    order.request.resolve(csr);
  }

  return {
    find,
    create: async (host) => {
      const order = orders.get(host);
      if (!order || order.problem !== undefined) begin(host);
    },
    sign: async (host, csr) => hand(host, csr, (order) => order.csr === undefined || order.csr === csr),
    renew: async (host, csr) => hand(host, csr, (order) => order.csr === csr && order.chain === undefined),
    remove: async (host, options) => {
      const order = orders.get(host);
      order?.stop.abort();
      await order?.done;
      if (orders.get(host) === order) orders.delete(host);
      await names.prove(host, [], options);
    },
  };
}

/** Of its leaf; milliseconds since 1970. */
function validityOf(chain: string): { from: number; until: number } {
  const { validFrom, validTo } = new X509Certificate(chain);
  return { from: Date.parse(validFrom), until: Date.parse(validTo) };
}

/** One authority that refuses doesn't cost the class: the next one is asked. */
async function obtain(host: string, authorities: readonly RequestAuthority[], { stop, request }: Order): Promise<string> {
  const { signal } = stop;
  const refusals: string[] = [];
  for (const authority of authorities) {
    try {
      const order: OpenOrder = await authority.open(host, signal);
      return await order.sign(await orLeft(request.promise, signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      refusals.push(`${authority.name}: ${wordsOf(error)}`);
    }
  }
  throw new Error(`No certificate could be had for ${host}. ${refusals.join(" · ")}`);
}
