/**
 * A gateway with the Google provider; prints its resident memory in MB: open, and after a class' worth of calls, refusals among them.
 *   bun test/provision/gce/gateway-program.ts PORT-OF-GOOGLE DATA MACHINES
 */
import pino from "pino";
import { readConfig } from "../../../gateway/config.ts";
import { openGateway } from "../../../gateway/gateway.ts";
import { openGoogleCloud } from "../../../provision/gce/cloud.ts";
import { SETTINGS } from "./settings.ts";

const [port = "", data = "", machines = ""] = process.argv.slice(2);
const resident = () => Math.round(process.memoryUsage.rss() / 1e6);

const cloud = await openGoogleCloud(SETTINGS, { host: "127.0.0.1", port: Number(port) });
const gateway = await openGateway(readConfig({ CLARATEACH_DATA: data }), cloud, pino({ level: "silent" }));
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => gateway.app.handle(request) });
await gateway.begin();
await fetch(`http://127.0.0.1:${server.port}/healthz`);
const open = resident();

for (let i = 0; i < Number(machines); i++) {
  const workshop = `ws-abc${String(i).padStart(3, "0")}`;
  const name = `clarateach-${workshop}`;
  await cloud.machines.create({ name, workshop, requestId: crypto.randomUUID(), boot: "{}" });
  await cloud.names?.create(`${workshop}.ws.example.com`, "192.0.2.1");
  await cloud.secrets.put(`${workshop}-llm-key`, "sk");
  await cloud.machines.create({ name, workshop: "ws-other0", requestId: crypto.randomUUID(), boot: "{}" }).catch(() => {});
  await cloud.secrets.get("none");
}
console.log(JSON.stringify({ open, worked: resident() }));
process.exit(0);
