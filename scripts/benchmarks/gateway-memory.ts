import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCredentials } from "../../test/support/google-cloud/credentials.ts";
import { type GoogleCloud, startGoogleCloud } from "../../test/support/google-cloud/google-cloud.ts";
import { startNameServer } from "../../test/support/google-cloud/name-server.ts";
import { bootVm } from "../../test/support/google-vm.ts";
import { startPebble } from "../../test/support/pebble.ts";
import { until } from "../../test/support/until.ts";
import { freePort } from "../../test/support/world.ts";
import type { Figure } from "./figures.ts";

const TOKEN = "bench-token-0123456789abcdef";
const KEY = "sk-ant-bench-0123456789-0123456789";
const PROJECT = "bench-1";
/** Classes that start at the same moment; their machines never answer. */
const MANY = 20;

/** `VmRSS` of a gateway of Google Cloud as `scripts/start` runs it: open, with a class that started, and while twenty more start at once. */
export async function gatewayMemory(): Promise<Figure[]> {
  const google = await startGoogleCloud({
    project: PROJECT,
    zones: ["europe-west4-a"],
    managedZones: { ws: "ws.example.com." },
    token: "emu",
  });
  const nameServer = await startNameServer(() => google.world.dns.zones.get("ws"));
  const pebble = await startPebble(1, nameServer.address);
  const home = mkdtempSync(join(tmpdir(), "ct-gateway-memory-"));
  const port = await freePort();
  const env = {
    ...cloudOf(google),
    ...placesOf(home, port),
    CLARATEACH_ACME: pebble.directory,
    NODE_EXTRA_CA_CERTS: pebble.caPath,
  };
  const credentials = await writeCredentials(home, google.port);
  const gateway = Bun.spawn(["./scripts/start"], {
    env: { ...env, GOOGLE_APPLICATION_CREDENTIALS: credentials, METADATA_SERVER_DETECTION: "none" },
    ...({ stdin: "ignore", stdout: "ignore", stderr: "inherit" } as const),
  });
  try {
    return await measure(gateway.pid, `http://127.0.0.1:${port}`, google);
  } finally {
    gateway.kill();
    await gateway.exited;
    await pebble.end();
    await Promise.all([nameServer.end(), google.end()]);
    rmSync(home, { recursive: true });
  }
}

async function measure(pid: number, url: string, google: GoogleCloud): Promise<Figure[]> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const ask = async (method: string, path: string, body?: object) =>
    (await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })).json();
  const start = async (name: string): Promise<string> => {
    const { workshopId } = await ask("POST", "/api/workshops", { name, seats: 2, apiKey: KEY });
    await ask("POST", `/api/workshops/${workshopId}/start`);
    return workshopId;
  };
  const instances = () => [...google.world.compute.machines.values()].filter(({ instance }) => instance.status === "RUNNING");
  const figure = (name: string, aim?: number): Figure => ({
    ...{ bench: "gateway-memory", name: `gateway of Google Cloud, ${name}`, value: residentMb(pid), unit: "MB" },
    ...(aim && { aim }),
  });
  await until("the gateway", () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const open = figure("open", 120);
  const id = await start("One");
  const vm = await bootVm(await until("its VM", () => instances()[0]?.instance));
  await until("the class", async () => (await ask("GET", `/api/workshops/${id}`)).status === "running");
  const running = figure("a class started", 120);
  for (let i = 0; i < MANY; i++) await start(`Of many ${i}`);
  await until("their VMs", () => instances().length > MANY);
  const many = figure(`${MANY} more starting`);
  await vm.end();
  return [open, running, many];
}

const cloudOf = ({ port }: GoogleCloud) => ({
  CLARATEACH_CLOUD: "gce",
  CLARATEACH_GCE_PROJECT: PROJECT,
  CLARATEACH_GCE_ZONES: "europe-west4-a",
  CLARATEACH_GCE_DNS_ZONE: "ws",
  CLARATEACH_GCE_DOMAIN: "ws.example.com",
  CLARATEACH_GCE_API: `http://127.0.0.1:${port}`,
});

const placesOf = (home: string, port: number) => ({
  PATH: process.env.PATH ?? "",
  HOME: home,
  PORT: String(port),
  CLARATEACH_DATA: join(home, "data"),
  CLARATEACH_API_TOKEN: TOKEN,
  // Nobody listens there.
  CLARATEACH_LLM_URL: "http://127.0.0.1:9",
});

const residentMb = (pid: number): number =>
  (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024) / 1e6;
