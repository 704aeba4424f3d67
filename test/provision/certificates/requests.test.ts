/** Certificates for machines' own requests: an authority on loopback, which looks at the names of an emulated zone. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateRequest } from "../../../agent/contract/certificate-request.ts";
import type { MachineDocument } from "../../../agent/contract/machine.ts";
import { openDoor } from "../../../agent/machine/door.ts";
import { byDns } from "../../../provision/certificates/by-dns.ts";
import { openRequestAuthority, type RequestAuthority } from "../../../provision/certificates/request-authority.ts";
import { openRequests } from "../../../provision/certificates/requests.ts";
import { sealedAccounts } from "../../../provision/certificates/sealed-accounts.ts";
import type { Names, OpenCloud } from "../../../provision/cloud.ts";
import { type NameServer, startNameServer } from "../../support/google-cloud/name-server.ts";
import { startLossyLine } from "../../support/lossy-line.ts";
import { startMiser } from "../../support/miser.ts";
import { type Pebble, startPebble } from "../../support/pebble.ts";
import { openssl } from "../../support/signed.ts";
import { until } from "../../support/until.ts";
import { type GoogleWorld, startGoogleWorld } from "../gce/world.ts";

let world: GoogleWorld;
let nameServer: NameServer;
let pebble: Pebble;
let room: string;
beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), "ct-requests-"));
  world = await startGoogleWorld();
  nameServer = await startNameServer(() => world.google.world.dns.zones.get("ws"));
  pebble = await startPebble(1, nameServer.address);
});
afterAll(async () => {
  await pebble.end();
  await Promise.all([nameServer.end(), world.end()]);
  rmSync(room, { recursive: true });
});

const zone = () => world.google.world.dns.zones.get("ws");
const proofs = () => [...(zone()?.records.values() ?? [])].filter(({ type }) => type === "TXT");

let made = 0;
/** A machine's name, and the request that the machine makes. */
function newMachine(): { host: string; csr: string } {
  const host = `ws-abc${String(++made).padStart(3, "0")}.ws.example.com`;
  return { host, csr: requestFor(host) };
}

/** Of a new machine each time. */
function requestFor(publicHost: string): string {
  const directory = mkdtempSync(join(room, "machine-"));
  const document = () => ({ publicHost }) as MachineDocument;
  const door = openDoor({ directory, document, ports: [1, 2], changed: () => {}, trouble: () => {} });
  door.close();
  return door.report().csr ?? "";
}

const REFUSER = { name: "full", open: () => Promise.reject(new Error("too many certificates, again after 2026-12-01")) };

function open({ names, secrets }: OpenCloud = world.cloud, before: readonly (typeof REFUSER)[] = []) {
  const own = openRequestAuthority(pebble.authority, sealedAccounts(secrets), byDns(names as Names));
  return openRequests({ authorities: [...before, own], names: names as Names });
}

const over = (certificates: ReturnType<typeof open>, host: string) =>
  until("the order's end", async () => {
    const found = await certificates.find(host);
    return found?.status === "starting" ? undefined : (found ?? { status: "none" as const });
  });

test("an order opens before there is a request; the chain is for the machine's key, its name and all below it; nothing is left", async () => {
  const { host, csr } = newMachine();
  const certificates = open();
  expect(await certificates.find(host)).toBeUndefined();
  await Promise.all([certificates.create(host), certificates.create(host)]);
  await until("its proof", () => nameServer.questions.includes(`_acme-challenge.${host}. TXT`));
  expect(await certificates.find(host)).toEqual({ host, status: "starting" });
  await certificates.sign(host, csr);
  const found = await over(certificates, host);
  expect(found).toMatchObject({ status: "running" });
  const leaf = new X509Certificate("chain" in found ? (found.chain ?? "") : "");
  expect(leaf.subjectAltName?.split(", ").sort()).toEqual([`DNS:*.${host}`, `DNS:${host}`]);
  writeFileSync(join(room, "csr.pem"), csr);
  const asked = await openssl("req", "-in", join(room, "csr.pem"), "-noout", "-pubkey");
  expect(leaf.publicKey.export({ type: "spki", format: "pem" })).toBe(asked);
  expect(proofs()).toEqual([]);
  await certificates.remove(host);
  expect(await certificates.find(host)).toBeUndefined();
});

test("an authority that refuses doesn't cost the class; when all do, each is told with its words, its date too", async () => {
  const { host, csr } = newMachine();
  const certificates = open(world.cloud, [REFUSER]);
  await certificates.sign(host, csr);
  expect(await over(certificates, host)).toMatchObject({ status: "running" });
  const alone = openRequests({ authorities: [REFUSER], names: world.cloud.names as Names });
  await alone.create(host);
  expect(await over(alone, host)).toMatchObject({
    status: "broken",
    detail: `No certificate could be had for ${host}. full: too many certificates, again after 2026-12-01.`,
  });
});

test("an authority that wants an account it knows has one by its binding, and refuses without", async () => {
  const hmacKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
  const more = { externalAccountBindingRequired: true, externalAccountMACKeys: { "kid-1": hmacKey } };
  const own = await startPebble(1, nameServer.address, more);
  const names = world.cloud.names as Names;
  for (const binding of [undefined, { kid: "kid-1", hmacKey }]) {
    const accounts = sealedAccounts((await world.another({ installation: `bound-${binding?.kid}` })).secrets);
    const { host, csr } = newMachine();
    const authority = openRequestAuthority({ ...own.authority, ...(binding && { binding }) }, accounts, byDns(names));
    const certificates = openRequests({ authorities: [authority], names });
    await certificates.sign(host, csr);
    expect(await over(certificates, host)).toMatchObject(
      binding ? { status: "running" } : { status: "broken", detail: expect.stringContaining("xternal") },
    );
  }
  await own.end();
});

test("one that can't be reached is told so", async () => {
  const authority = openRequestAuthority(
    { directory: "http://127.0.0.1:9/dir" },
    sealedAccounts(world.cloud.secrets),
    byDns(world.cloud.names as Names),
  );
  await expect(authority.open("ws-abc999.ws.example.com", AbortSignal.timeout(60_000))).rejects.toThrow(
    "it can't be reached: ECONNREFUSED",
  );
});

test("an authority that had enough isn't asked for these names before its date, which is told; others are", async () => {
  const day = new Date(Date.now() + 24 * 3_600_000).toISOString();
  const words = `too many certificates (50) already issued for "example.com" in the last 168h0m0s, retry after ${day.slice(0, 19).replace("T", " ")} UTC: see https://letsencrypt.org/docs/rate-limits/`;
  const miser = startMiser(words);
  const names = world.cloud.names as Names;
  const authority = openRequestAuthority(miser, sealedAccounts(world.cloud.secrets), byDns(names));
  const own = openRequestAuthority(pebble.authority, sealedAccounts(world.cloud.secrets), byDns(names));
  const [{ host }, other] = [newMachine(), newMachine()];
  const alone = openRequests({ authorities: [authority], names });
  for (let round = 0; round < 2; round++) {
    await alone.create(host);
    expect(await over(alone, host)).toMatchObject({
      status: "broken",
      detail: expect.stringContaining(`in the last 168h0m0s, retry after ${day.slice(0, 19)}Z: see https://`),
    });
  }
  expect(miser.orders).toEqual([host]);
  const both = openRequests({ authorities: [authority, own], names });
  for (const each of [{ host, csr: requestFor(host) }, other]) {
    await both.sign(each.host, each.csr);
    expect(await over(both, each.host)).toMatchObject({ status: "running" });
  }
  expect(miser.orders).toEqual([host, other.host]);
  await miser.end();
});

test("a date may stand beside the words, in seconds too; once it is over the authority is asked again", async () => {
  const miser = startMiser("Too many of you.", "1");
  const authority = openRequestAuthority(miser, sealedAccounts(world.cloud.secrets), byDns(world.cloud.names as Names));
  const asked = () =>
    authority.open("ws-abc999.ws.example.com", AbortSignal.timeout(60_000)).catch((error: Error) => error.message);
  expect(await asked()).toMatch(/^Too many of you\. Again after 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\.$/);
  await until("another try", async () => {
    await asked();
    return miser.orders.length === 2;
  });
  await miser.end();
});

test("an order that is refused, by pebble's own words, goes on to the next authority", async () => {
  const { host, csr } = newMachine();
  const strict = await startPebble(1, nameServer.address, { domainBlocklist: [host] });
  const names = world.cloud.names as Names;
  const [first, second] = [strict, pebble].map(({ authority }) =>
    openRequestAuthority(authority, sealedAccounts(world.cloud.secrets), byDns(names)),
  ) as [RequestAuthority, RequestAuthority];
  const both = openRequests({ authorities: [first, second], names });
  await both.sign(host, csr);
  expect(await over(both, host)).toMatchObject({ status: "running" });
  const alone = openRequests({ authorities: [first], names });
  await alone.sign(host, csr);
  expect(await over(alone, host)).toMatchObject({ status: "broken", detail: expect.stringContaining(host) });
  await strict.end();
});

test("a proof that the authority doesn't see is told in its words, and taken away", async () => {
  const { host, csr } = newMachine();
  const names = world.cloud.names as Names;
  const wrong: Pick<Names, "prove"> = {
    prove: (at, values, options) =>
      names.prove(
        at,
        values.map(() => "wrong"),
        options,
      ),
  };
  const authority = openRequestAuthority(pebble.authority, sealedAccounts(world.cloud.secrets), byDns(wrong));
  const certificates = openRequests({ authorities: [authority], names });
  await certificates.sign(host, csr);
  expect(await over(certificates, host)).toMatchObject({
    status: "broken",
    detail: expect.stringContaining("value not found for DNS challenge"),
  });
  expect(proofs()).toEqual([]);
});

test("slow looks, nonces that are refused, lines that break and answers that are lost only cost time", async () => {
  const habits = { PEBBLE_VA_NOSLEEP: "0", PEBBLE_VA_SLEEPTIME: "2", PEBBLE_WFE_NONCEREJECT: "30" };
  const slow = await startPebble(1, nameServer.address, {}, habits);
  const line = await startLossyLine(Number(new URL(slow.directory).port));
  const names = world.cloud.names as Names;
  const settings = { directory: `https://localhost:${line.port}/dir`, ca: line.ca };
  const accounts = sealedAccounts((await world.another({ installation: "slow" })).secrets);
  const certificates = openRequests({ authorities: [openRequestAuthority(settings, accounts, byDns(names))], names });
  const { host, csr } = newMachine();
  await certificates.sign(host, csr);
  expect(await over(certificates, host)).toMatchObject({ status: "running" });
  for (const step of ["GET /dir", "POST /sign-me-up", "POST /order-plz", "POST /chalZ/", "POST /finalize-order/", "POST /certZ/"])
    for (const what of ["call", "answer"])
      expect(
        line.lost.some((one) => one.startsWith(`${what} ${step}`)),
        `${what} ${step}`,
      ).toBe(true);
  line.end();
  await slow.end();
});

test("a machine that asks for other names than its own, or for none, gets nothing", async () => {
  const [{ host }, other] = [newMachine(), newMachine()];
  const certificates = open();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const more = certificateRequest(key, [host, `*.${host}`, "www.example.com"]);
  for (const csr of [other.csr, more, certificateRequest(key, [host]), "", `${requestFor(host)}${other.csr}`])
    await expect(certificates.sign(host, csr)).rejects.toThrow(
      `The machine of ${host} asks for a certificate that isn't its own`,
    );
  expect(await certificates.find(host)).toBeUndefined();
});

test("there is one account, whichever gateway asks; its key lies in the secret store", async () => {
  const versions = () => world.google.world.history.entries.filter(({ name }) => name.includes("acme-account"));
  const before = versions().map(({ name }) => name);
  const { host, csr } = newMachine();
  const certificates = open(await world.another());
  await certificates.sign(host, csr);
  expect(await over(certificates, host)).toMatchObject({ status: "running" });
  expect(before.length).toBeGreaterThan(0);
  expect(versions().map(({ name }) => name)).toEqual(before);
});

test("what a killed gateway left in the zone is found, and taken away or ordered again", async () => {
  const { host, csr } = newMachine();
  const names = world.cloud.names as Names;
  await names.prove(host, ["left"]);
  const certificates = open();
  expect(await certificates.find(host)).toEqual({ host, status: "starting", stale: true });
  await certificates.sign(host, csr);
  expect(await over(certificates, host)).toMatchObject({ status: "running" });
  await names.prove(host, ["left"]);
  expect(await names.list()).toContainEqual(expect.objectContaining({ host, status: "broken" }));
  await certificates.remove(host);
  expect(proofs()).toEqual([]);
});

test("another request for the same name, of a machine that was made again, is signed anew", async () => {
  const { host, csr } = newMachine();
  const certificates = open();
  await certificates.sign(host, csr);
  const before = await over(certificates, host);
  await certificates.sign(host, requestFor(host));
  const after = await over(certificates, host);
  expect(after).toMatchObject({ status: "running" });
  expect(after).not.toEqual(before);
});

test("one that is given up while it waits for its machine ends at once", async () => {
  const { host } = newMachine();
  const certificates = open();
  await certificates.create(host);
  await until("its proof", () => nameServer.questions.includes(`_acme-challenge.${host}. TXT`));
  await certificates.remove(host);
  expect([await certificates.find(host), proofs()]).toEqual([undefined, []]);
});
