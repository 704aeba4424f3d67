/**
 * A gateway behind its front, as `gateway/main.ts` wires one, with seats that are plain processes: the product itself refuses that pair,
 * and a test on loopback has no strangers. One argument: the settings as JSON.
 */
import { join } from "node:path";
import pino from "pino";
import { upstreamOf } from "../../agent/contract/upstream.ts";
import type { PublicConfig } from "../../gateway/config.ts";
import { openGateway } from "../../gateway/gateway.ts";
import { digestOf } from "../../gateway/people/digest.ts";
import { openLocalCloud } from "../../provision/local/cloud.ts";
import type { DnsSettings } from "../../provision/local/front.ts";
import { AGENT_COMMAND } from "./agent.ts";

export interface PublicGatewaySettings {
  data: string;
  port: number;
  apiToken: string;
  public: PublicConfig & { address: string; dns?: DnsSettings };
}

const { data, port, apiToken, public: open } = JSON.parse(process.argv[2] ?? "") as PublicGatewaySettings;
const cloud = await openLocalCloud({
  data,
  agent: AGENT_COMMAND,
  runtime: "process",
  public: { ...open, gatewayPort: port },
  report: (line) => console.log(line),
});
const config = {
  port,
  host: "127.0.0.1",
  url: `https://${open.authority}`,
  data,
  apiTokenDigest: digestOf(apiToken),
  public: open,
  upstream: upstreamOf(process.env.CLARATEACH_LLM_URL),
};
const gateway = await openGateway(config, cloud, pino(pino.destination(join(data, "gateway.log"))));
gateway.app.listen({ port, hostname: "127.0.0.1", idleTimeout: 120 });
await gateway.begin();
console.log(await gateway.people.signInLink());

process.once("SIGTERM", async () => {
  await Promise.all([gateway.app.server?.stop(true), gateway.end()]);
  cloud.leave();
  process.exit(0);
});
process.once("SIGINT", async () => {
  await Promise.all([gateway.app.server?.stop(true), gateway.end()]);
  await cloud.close();
  process.exit(0);
});
