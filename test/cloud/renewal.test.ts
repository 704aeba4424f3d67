/** A class that runs longer than two thirds of its certificate's time: an authority whose certificates are good for half a minute. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { type GoogleWorld, startGoogleWorld } from "../provision/gce/world.ts";
import { type NameServer, startNameServer } from "../support/google-cloud/name-server.ts";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { bootVm, type GoogleVm } from "../support/google-vm.ts";
import { openTerminal } from "../support/learner.ts";
import { type Pebble, startPebble } from "../support/pebble.ts";
import { until } from "../support/until.ts";

/** Its last third is long enough for an order. */
const VALID_SECONDS = 45;

let world: GoogleWorld;
let nameServer: NameServer;
let pebble: Pebble;
let opened: GoogleGateway;
let data: string;
const machines: GoogleVm[] = [];
beforeAll(async () => {
  world = await startGoogleWorld();
  nameServer = await startNameServer(() => world.google.world.dns.zones.get("ws"));
  pebble = await startPebble(1, nameServer.address, { certificateValidityPeriod: VALID_SECONDS });
  data = mkdtempSync(join(tmpdir(), "ct-google-renewal-"));
  opened = await openGoogleGateway(world, data, [pebble.authority]);
  await opened.gateway.begin();
});
afterAll(async () => {
  for (const machine of machines) await machine.end();
  await opened.gateway.end();
  await pebble.end();
  await Promise.all([nameServer.end(), world.end()]);
  rmSync(data, { recursive: true });
});

const instances = () => [...world.google.world.compute.machines.values()];

/** What a connection that is made now is shown; undefined: nothing that is believed, or it was made while the door changed its certificate. */
function shown(servername: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host: "127.0.0.1", port, servername, ca: [pebble.root], rejectUnauthorized: false });
  socket
    .once("secureConnect", () => resolve(socket.authorized ? socket.getPeerCertificate().fingerprint256 : undefined))
    .once("error", () => resolve(undefined));
  return promise.finally(() => socket.destroy());
}

test("new connections are shown the renewed certificate, an open terminal goes on; the gateway's restart changes nothing of that", async () => {
  const wish = { name: "Long", seats: 1, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id, code } = (await opened.ask("POST", "/api/workshops", wish)).body;
  const host = `${id}.ws.example.com`;
  await opened.ask("POST", `/api/workshops/${id}/start`);
  const vm = await bootVm(
    await until("the VM", () => instances().find(({ instance }) => instance.status === "RUNNING")?.instance),
  );
  machines.push(vm);
  await until("the class", async () => (await opened.ask("GET", `/api/workshops/${id}`)).body.status === "running");
  const { token } = (await opened.ask("POST", "/api/join", { code, name: "Mira" })).body;
  const headers = { host, authorization: `Bearer ${token}` };
  const tls = { ca: pebble.root, serverName: host };
  const terminal = await openTerminal(`wss://127.0.0.1:${vm.httpsPort}/vm/01/terminal`, headers, { tls });
  await terminal.run("KEPT=yes; echo $((6*7))", "42");
  const first = await until("the first one", () => shown(host, vm.httpsPort));
  const second = await until("the renewed one", async () => {
    const now = await shown(host, vm.httpsPort);
    return now === first ? undefined : now;
  });
  await terminal.run("echo still-$KEPT", "still-yes");
  // Another gateway, which knows of it by its records alone.
  await opened.gateway.end();
  opened = await openGoogleGateway(world, data, [pebble.authority]);
  await opened.gateway.begin();
  await until("another one", async () => ![first, second, undefined].includes(await shown(host, vm.httpsPort)));
  await terminal.run("echo again-$KEPT", "again-yes");
  expect((await opened.ask("GET", `/api/workshops/${id}`)).body.status).toBe("running");
  terminal.close();

  await opened.ask("POST", `/api/workshops/${id}/stop`, { keepWork: false });
  await until("its end", async () => (await opened.ask("GET", `/api/workshops/${id}`)).body.status === "stopped");
  await until("nothing", () => leftOf(world).length === 0);
});
