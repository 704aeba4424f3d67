import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { DnsSettings } from "../../provision/local/front.ts";
import { type Pebble, startPebble } from "./pebble.ts";
import { DOMAIN, openDoor, type PublicDoor } from "./public-door.ts";
import type { PublicGatewaySettings } from "./public-gateway.ts";
import { until } from "./until.ts";
import { collect, freePort } from "./world.ts";

const root = join(import.meta.dir, "..", "..");

/** Nobody listens there. */
const NO_UPSTREAM = { CLARATEACH_LLM_URL: "http://127.0.0.1:9" };

/** A server with a public name: gateway, front and authority as processes, every name on loopback. */
export interface PublicWorld extends PublicDoor {
  data: string;
  httpPort: number;
  httpsPort: number;
  pebble: Pebble;
  output(): string;
  gateway(): Subprocess;
  launch(): Promise<void>;
  end(): Promise<void>;
}

export interface PublicWish {
  /** Its domain's zone in an emulated Google Cloud DNS: certificates come by that, and port 80 answers no authority. */
  dns?: { settings: DnsSettings; nameServer: string; credentials: string };
  /** ACME directories that are asked before pebble. */
  before?: readonly string[];
  /** One of loopback's own: its doors are there, https on port 443, so that no address names a port. Needs root. */
  address?: string;
  /** Socket of a Docker daemon: then it is the product itself, as `scripts/start` runs it. Else seats are plain processes. */
  docker?: string;
}

export async function startPublicWorld({ address, before = [], docker, dns }: PublicWish = {}): Promise<PublicWorld> {
  await using opened = new AsyncDisposableStack();
  const data = opened.adopt(await mkdtemp(join(tmpdir(), "ct-public-")), (it) => rm(it, { recursive: true, force: true }));
  const [port, httpPort, httpsPort] = [await freePort(), await freePort(), address ? 443 : await freePort()];
  const authorityAt = dns ? startPebble(1, dns.nameServer) : startPebble(httpPort, undefined, {}, {}, address);
  const pebble = opened.adopt(await authorityAt, (it) => it.end());
  const apiToken = `test-${crypto.randomUUID()}`;
  const authority = `${DOMAIN}${httpsPort === 443 ? "" : `:${httpsPort}`}`;
  const open = {
    domain: DOMAIN,
    address: address ?? "127.0.0.1",
    authority,
    httpPort,
    httpsPort,
    authorities: [...before, pebble.directory].map((directory) => ({ directory })),
  };
  const settings: PublicGatewaySettings = { data, port, apiToken, public: { ...open, ...(dns && { dns: dns.settings }) } };
  const google = dns && { GOOGLE_APPLICATION_CREDENTIALS: dns.credentials, METADATA_SERVER_DETECTION: "none" };
  const base = {
    PATH: process.env.PATH ?? "",
    HOME: data,
    LANG: "C.UTF-8",
    NODE_EXTRA_CA_CERTS: pebble.caPath,
    ...NO_UPSTREAM,
    ...google,
  };
  const product = {
    ...{ PORT: String(port), CLARATEACH_DATA: data, CLARATEACH_API_TOKEN: apiToken, CLARATEACH_ACME: pebble.directory },
    ...{ CLARATEACH_HTTP_PORT: String(httpPort), CLARATEACH_HTTPS_PORT: String(httpsPort) },
    ...(docker !== undefined && { CLARATEACH_DOCKER_SOCKET: docker }),
  };
  const argv = docker
    ? [join(root, "gateway/main.ts"), "--runtime", "docker", "--domain", DOMAIN]
    : [join(root, "test/support/public-gateway.ts"), JSON.stringify(settings)];
  const door = openDoor({ ...(address && { address }), httpsPort, root: pebble.root, apiToken });
  const { ask } = door;
  let child: Subprocess | undefined;
  let printed = "";
  opened.defer(async () => {
    child?.kill("SIGINT");
    await child?.exited;
  });

  async function launch(): Promise<void> {
    printed = "";
    const env = docker ? { ...base, ...product } : base;
    const started = Bun.spawn([process.execPath, ...argv], { cwd: root, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    child = started;
    for (const stream of [started.stdout, started.stderr]) void collect(stream, (text) => (printed += text));
    try {
      await until("the door to open", () => {
        if (started.exitCode !== null) throw new Error("the gateway ended");
        return ask(DOMAIN, "/healthz").then(
          ({ ok }) => ok,
          () => false,
        );
      });
    } catch (cause) {
      const front = await readFile(join(data, "front", "agent.log"), "utf8").catch(() => "");
      throw new Error(`no door opens:\n${printed}${front}`, { cause });
    }
  }

  await launch();
  const kept = opened.move();
  return {
    data,
    httpPort,
    httpsPort,
    pebble,
    launch,
    ...door,
    output: () => printed,
    gateway: () => child as Subprocess,
    end: async () => {
      if (child?.exitCode !== null || child.signalCode !== null) await launch();
      // A connection that comes in while the front takes a new certificate may be reset.
      const list = () => ask(DOMAIN, "/api/workshops").catch(() => undefined);
      const { workshops } = await (await until("the list of workshops", list)).json();
      const stop = ({ workshopId }: { workshopId: string }) =>
        ask(DOMAIN, `/api/workshops/${workshopId}/stop`, { method: "POST" });
      await Promise.all(workshops.map(stop));
      await kept.disposeAsync();
    },
  };
}
