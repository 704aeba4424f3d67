/** A server with a public name whose certificates come by its zone in Google Cloud DNS: gateway, front and pebble as processes, an emulated zone. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { writeCredentials } from "../support/google-cloud/credentials.ts";
import { type GoogleCloud, startGoogleCloud } from "../support/google-cloud/google-cloud.ts";
import { type NameServer, startNameServer } from "../support/google-cloud/name-server.ts";
import { locationOf, pathOf } from "../support/port-browser.ts";
import { DOMAIN } from "../support/public-door.ts";
import { type PublicWorld, startPublicWorld } from "../support/public-world.ts";
import { startMarked } from "../support/seat-servers.ts";

let google: GoogleCloud;
let nameServer: NameServer;
let world: PublicWorld;
let home: string;
beforeAll(async () => {
  google = await startGoogleCloud({ zones: ["europe-west4-a"], managedZones: { class: `${DOMAIN}.` }, token: "emu" });
  nameServer = await startNameServer(() => google.world.dns.zones.get("class"));
  home = mkdtempSync(join(tmpdir(), "ct-own-dns-"));
  const settings = { project: "p1", zone: "class", access: { host: "127.0.0.1", port: google.port } };
  const credentials = await writeCredentials(home, google.port);
  world = await startPublicWorld({ dns: { settings, nameServer: nameServer.address, credentials } });
});
afterAll(async () => {
  await world?.end();
  await Promise.all([nameServer?.end(), google?.end()]);
  rmSync(home, { recursive: true });
});

const proofs = () => [...(google.world.dns.zones.get("class")?.records.values() ?? [])].filter(({ type }) => type === "TXT");

/** Names of the certificate that is shown for this one; none when it isn't believed for it. */
function namesShown(servername: string): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const socket = connect({
    host: "127.0.0.1",
    port: world.httpsPort,
    servername,
    ca: [world.pebble.root],
    rejectUnauthorized: false,
  });
  const read = () => (socket.authorized ? (socket.getPeerCertificate().subjectaltname ?? "").split(", ").sort() : []);
  socket.once("secureConnect", () => resolve(read())).once("error", reject);
  return promise.finally(() => socket.destroy());
}

test("the domain, each machine and all names below both have certificates; a name below a machine's leads to that machine, which serves learners' ports there", async () => {
  expect(await namesShown(DOMAIN)).toEqual([`DNS:*.${DOMAIN}`, `DNS:${DOMAIN}`]);
  const { id, url, code } = await world.workshop();
  const [host, below] = [`${id}.${DOMAIN}`, `01-3000.${id}.${DOMAIN}`];
  for (const name of [host, below]) expect(await namesShown(name), name).toEqual([`DNS:*.${host}`, `DNS:${host}`]);
  const other = `other.${host}`;
  const nothing = await world.ask(other, "/", { anonymous: true });
  expect([nothing.status, (await nothing.json()).error.message]).toEqual([
    404,
    `Nothing is served at “${other}:${world.httpsPort}”. This machine's workspace is at ${url}.`,
  ]);
  const page = await world.ask(other, "/vm/01/", { anonymous: true, headers: { accept: "text/html" } });
  expect([page.status, (await page.text()).includes("Nothing is here")]).toEqual([404, true]);
  const hers = await world.ask(below, "/", { anonymous: true, headers: { accept: "text/html" } });
  expect([hers.status, (await hers.text()).includes(`${url}/vm/01/ports/3000`)]).toEqual([403, true]);
  // Two labels below it nothing is ours, and a machine's name that isn't there is none.
  for (const strange of [`a.${below}`, `01-3000.ws-000000.${DOMAIN}`])
    expect((await world.ask(strange, "/", { anonymous: true }).catch(() => ({ status: "no certificate" }))).status).not.toBe(200);
  const terminal = await world.terminal(await world.join(code));
  await terminal.run("echo $((6*7))", "42");
  terminal.close();
  expect(proofs()).toEqual([]);
  await world.ask(DOMAIN, `/api/workshops/${id}/stop`, { method: "POST" });
});

test("a learner's own server is in a tab of hers by https: through the front, by a cookie of that host alone", async () => {
  const { id, code } = await world.workshop();
  const joined = await world.join(code);
  const host = `${id}.${DOMAIN}`;
  const server = await startMarked(`clarateach-${id}/01`, [process.execPath, FIXTURE, "{port}"]);
  const below = `01-${server.port}.${host}`;
  const bearer = { authorization: `Bearer ${joined.token}` };
  const session = await (await world.ask(host, "/vm/01/session", { headers: bearer })).json();
  expect(session.features.ports).toEqual({ available: true });

  const begun = await world.ask(below, "/.clarateach/begin", { anonymous: true });
  const way = begun.headers.getSetCookie()[0] ?? "";
  expect(way).toMatch(/^__Host-ct_way=[0-9a-f]{64}; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax; Secure$/);
  const asked = await world.ask(host, pathOf(locationOf(begun)), { headers: bearer });
  expect(locationOf(asked)).toStartWith(`https://${below}:${world.httpsPort}/.clarateach/enter?ticket=`);
  const entered = await world.ask(below, pathOf(locationOf(asked)), {
    anonymous: true,
    headers: { cookie: way.split(";")[0] ?? "" },
  });
  const cookie = entered.headers.getSetCookie()[0] ?? "";
  expect(cookie).toMatch(/^__Host-ct_port=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
  const answer = await world.ask(below, "/login", { anonymous: true, headers: { cookie: cookie.split(";")[0] ?? "" } });
  expect(locationOf(answer)).toBe(`https://${below}:${world.httpsPort}/asked`);
  expect(answer.headers.getSetCookie()).toEqual(["session=1; Path=/"]);
  const page = await world.ask(below, "/big?mb=8", { anonymous: true, headers: { cookie: cookie.split(";")[0] ?? "" } });
  expect((await page.arrayBuffer()).byteLength).toBe(8 * 1024 * 1024);
  await server.end();
  await world.ask(DOMAIN, `/api/workshops/${id}/stop`, { method: "POST" });
});

const FIXTURE = join(import.meta.dir, "../fixtures/learners-server.ts");
