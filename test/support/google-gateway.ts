import pino from "pino";
import { upstreamOf } from "../../agent/contract/upstream.ts";
import { type Gateway, type GatewaySettings, openGateway } from "../../gateway/gateway.ts";
import { digestOf } from "../../gateway/people/digest.ts";
import type { AuthoritySettings } from "../../provision/certificates/account.ts";
import type { GoogleSettings } from "../../provision/gce/settings.ts";
import { SETTINGS } from "../provision/gce/settings.ts";
import type { GoogleWorld } from "../provision/gce/world.ts";
import { leftIn } from "./google-left.ts";

export const TOKEN = "test-token-0123456789abcdef";
export const GATEWAY_URL = "http://localhost:3999";

export interface GoogleGateway {
  gateway: Gateway;
  /** A call of the instructor's script. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  ask(method: string, path: string, body?: object | FormData): Promise<{ status: number; body: any }>;
}

/** As it is without the setting. */
const MACHINES_MOST = 30;

export const googleGatewaySettings = (
  data: string,
  authorities: AuthoritySettings[] = [],
  machinesMost = MACHINES_MOST,
): GatewaySettings => ({
  ...{ port: 3999, host: "127.0.0.1", url: GATEWAY_URL, data, apiTokenDigest: digestOf(TOKEN) },
  // Nobody listens there.
  ...{ upstream: upstreamOf("http://127.0.0.1:9") },
  google: { ...SETTINGS, zones: [...SETTINGS.zones], authorities, machinesMost },
});

/**
 * A gateway in this process with a provider of its own, which looks for nothing before its `begin`.
 * @param own settings of the provider @param machinesMost of all classes together
 */
export async function openGoogleGateway(
  world: GoogleWorld,
  data: string,
  authorities: AuthoritySettings[] = [],
  own: Partial<GoogleSettings> = {},
  machinesMost = MACHINES_MOST,
): Promise<GoogleGateway> {
  const cloud = await world.another({ ...own, authorities });
  const gateway = await openGateway(googleGatewaySettings(data, authorities, machinesMost), cloud, pino({ level: "silent" }));
  return {
    gateway,
    ask: async (method, path, body) => {
      const [isForm, authorization] = [body instanceof FormData, `Bearer ${TOKEN}`];
      const headers = { authorization, ...(body && !isForm && { "content-type": "application/json" }) };
      const sent = (isForm ? body : JSON.stringify(body)) as BodyInit;
      const request = new Request(GATEWAY_URL + path, { method, headers, ...(body && { body: sent }) });
      const answer = await gateway.app.handle(request);
      return { status: answer.status, body: await answer.json() };
    },
  };
}

/** What is left in the cloud of classes: kind and name. */
export const leftOf = (world: GoogleWorld): string[] => leftIn(world.google);
