import { afterEach, beforeEach, expect, test } from "bun:test";
import { promises as dns } from "node:dns";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { googleAuthLibrary } from "google-gax";
import { newKey } from "../../../provision/certificates/account.ts";
import type { Finding } from "../../../provision/cloud.ts";
import { examine } from "../../../provision/gce/doctor/doctor.ts";
import type { GoogleSettings } from "../../../provision/gce/settings.ts";
import type { ManagedZone } from "../../support/google-cloud/dns/state.ts";
import { type GoogleCloud, startGoogleCloud } from "../../support/google-cloud/google-cloud.ts";
import { type NameServer, startNameServer } from "../../support/google-cloud/name-server.ts";
import { startPebble } from "../../support/pebble.ts";
import { until } from "../../support/until.ts";
import { SETTINGS, ZONES } from "./settings.ts";
import { startGoogleWorld } from "./world.ts";

/** A name server on loopback that nobody is. */
const NAMES_MS = 500;
const FETCHED = { url: "https://files.example.org/a", sha256: "a".repeat(64) };
const WHOLE: GoogleSettings = { ...SETTINGS, agent: FETCHED, seats: FETCHED };

let google: GoogleCloud;
beforeEach(async () => {
  google = await startGoogleCloud({ zones: [...ZONES, "us-central1-a"], managedZones: { ws: "ws.example.com." } });
  await allow("clarateach-machines", { ports: ["80", "443", "8443"] });
});
afterEach(() => google.end());

/** A rule of the network's firewall, made by its API. */
async function allow(name: string, { ports, ...more }: { ports: string[] } & Record<string, unknown>): Promise<void> {
  const rule = { name, network: SETTINGS.network, targetTags: ["clarateach"], allowed: [{ IPProtocol: "tcp", ports }], ...more };
  await make("firewalls", rule);
}

async function make(kind: "firewalls" | "networks", wish: object): Promise<void> {
  const url = `http://127.0.0.1:${google.port}/compute/v1/projects/p1/global/${kind}`;
  expect((await fetch(url, { method: "POST", body: JSON.stringify(wish) })).status).toBe(200);
}

const accessAt = (port: number) => ({ host: "127.0.0.1", port, authClient: new googleAuthLibrary.PassThroughClient() });
const look = (more: Partial<GoogleSettings> = {}, wanted: { machines?: number; resolver?: dns.Resolver } = {}) =>
  examine({ ...WHOLE, ...more }, { machines: 1, ...wanted }, accessAt(google.port));
const of = (findings: Finding[], what: string): Finding => {
  const found = findings.find((each) => each.what === what);
  if (!found) throw new Error(`the doctor says nothing of ${what}: ${findings.map((each) => each.what)}`);
  return found;
};
const refuse = (path: string, status: number, reason: string, more: object = {}) =>
  google.world.faults.add({ kind: "answer", status, reason, path, times: 1000, ...more });
/** In every answer of the last look. */
const state = (findings: Finding[], what: string) => of(findings, what).state;
const words = (findings: Finding[], what: string) => of(findings, what).words;

test("what is well is green, and nothing was made or changed", async () => {
  const findings = await look();
  const all = [
    "Credentials",
    "APIs",
    "Machine type",
    "Quota in europe-west4",
    "Firewall",
    "Image",
    "Sealed keys",
    "DNS zone",
    "Clock",
  ];
  for (const what of all) expect(of(findings, what)).toEqual({ what, state: "green", words: expect.any(String) });
  expect(words(findings, "Quota in europe-west4")).toBe("europe-west4 has room for 750 more e2-standard-8 (CPUS, at most 6000).");
  const changes = google.world.history.calls.filter(({ method }) => method !== "GET" && method !== "HEAD");
  expect(changes.map(({ path }) => path)).toEqual(["/compute/v1/projects/p1/global/firewalls"]);
});

test("credentials: who refuses them is red, who doesn't answer isn't known, and then nothing else is said to be wrong", async () => {
  const refused = new googleAuthLibrary.OAuth2Client();
  refused.getRequestHeaders = async () => {
    throw Object.assign(new Error("invalid_grant"), { code: "400", status: 400 });
  };
  const away = new googleAuthLibrary.OAuth2Client();
  away.getRequestHeaders = async () => {
    throw Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  };
  const found = (authClient: typeof away) => examine(WHOLE, { machines: 1 }, { ...accessAt(google.port), authClient });
  expect(of(await found(refused), "Credentials")).toMatchObject({
    state: "red",
    words: expect.stringContaining("gcloud auth application-default login"),
  });
  const findings = await found(away);
  expect(state(findings, "Credentials")).toBe("unknown");
  expect(of(findings, "APIs")).toMatchObject({ state: "unknown", words: "Not looked at: there are no credentials." });
  expect(state(findings, "Clock")).toBe("green");
});

test("APIs: one that is off is red with the command that turns it on; one that is silent isn't known; a missing role isn't an API", async () => {
  const off = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "SERVICE_DISABLED" }];
  refuse("^/v1/", 403, "", { details: off });
  refuse("^/dns/", 403, "accessNotConfigured");
  const findings = await look();
  expect(of(findings, "APIs")).toMatchObject({ state: "red" });
  expect(words(findings, "APIs")).toEndWith(
    "gcloud services enable dns.googleapis.com secretmanager.googleapis.com --project p1",
  );
  expect(words(findings, "Sealed keys")).toEndWith("Turn that API on (see APIs).");
  google.world.faults.clear();
  refuse("^/compute/", 403, "forbidden");
  const roleless = await look();
  expect(state(roleless, "APIs")).toBe("green");
  expect(words(roleless, "Image")).toEndWith("Give the gateway’s account the role of provision/gce/role.yaml.");
  google.world.faults.clear();
  refuse("^/dns/", 503, "backendError");
  expect(of(await look(), "APIs")).toMatchObject({ state: "unknown", words: "dns.googleapis.com did not answer. Try again." });
});

test("machine type: every zone has to have it", async () => {
  expect(of(await look({ machineType: "e9-giant-8" }), "Machine type")).toMatchObject({
    state: "red",
    words: expect.stringContaining("find the machine type e9-giant-8 in europe-west4-a"),
  });
  refuse("/machineTypes/", 503, "backendError");
  expect(state(await look(), "Machine type")).toBe("unknown");
});

test("quota: for as many machines as are asked, by the scarcest of what one takes, the project's own among it", async () => {
  const quotas = (limits: Record<string, number>) => {
    for (const [metric, limit] of Object.entries(limits)) google.world.compute.quotas.set(metric, limit);
  };
  quotas({ CPUS: 24 });
  expect(state(await look({}, { machines: 3 }), "Quota in europe-west4")).toBe("green");
  const short = of(await look({}, { machines: 4 }), "Quota in europe-west4");
  expect(short.state).toBe("red");
  expect(short.words).toStartWith(
    "europe-west4 has room for 3 more e2-standard-8 (CPUS, at most 24). 4 are needed. Have that quota raised: https://",
  );
  quotas({ CPUS_ALL_REGIONS: 12 });
  expect(words(await look({}, { machines: 2 }), "Quota in europe-west4")).toContain(
    "room for 1 more e2-standard-8 (CPUS_ALL_REGIONS",
  );
  quotas({ SSD_TOTAL_GB: 40 });
  expect(words(await look(), "Quota in europe-west4")).toContain("room for 0 more e2-standard-8 (SSD_TOTAL_GB");
  refuse("/regions/", 503, "backendError");
  expect(state(await look(), "Quota in europe-west4")).toBe("unknown");
});

test("quota: each region of the zones is looked at, of families with a quota of their own that", async () => {
  google.world.compute.quotas.set("N2_CPUS", 8);
  const findings = await look({ zones: [...ZONES, "us-central1-a"], machineType: "n2-standard-8" }, { machines: 2 });
  for (const region of ["europe-west4", "us-central1"])
    expect(of(findings, `Quota in ${region}`)).toMatchObject({
      state: "red",
      words: expect.stringContaining("(N2_CPUS, at most 8)"),
    });
});

test("quota: of a family whose own quota isn't known here nothing is promised", async () => {
  const finding = of(await look({ machineType: "c4-standard-8" }, { machines: 2 }), "Quota in europe-west4");
  expect(finding.state).toBe("unknown");
  expect(finding.words).toContain("By which quota processors of c4 count isn't known here");
  google.world.compute.quotas.set("IN_USE_ADDRESSES", 1);
  const short = of(await look({ machineType: "c4-standard-8" }, { machines: 2 }), "Quota in europe-west4");
  expect([short.state, short.words]).toEqual(["red", expect.stringContaining("2 are needed.")]);
});

test("firewall: what learners and gateway need has to be open to machines of the tag, by any rules together", async () => {
  const { firewalls } = google.world.compute;
  const finding = async (more: Partial<GoogleSettings> = {}) => of(await look(more), "Firewall");
  expect(await finding()).toMatchObject({
    state: "green",
    words: expect.stringMatching(
      /^Machines with the tag clarateach are open on 80, 443 and 8443\. But they are in the network “default”, .*SSH/,
    ),
  });
  const other = await finding({ networkTag: "other" });
  expect(other.state).toBe("red");
  expect(other.words).toEndWith("--network default --target-tags other --allow tcp:80,tcp:443,tcp:8443");
  const network = "global/networks/mine";
  expect((await finding({ network })).state).toBe("red");
  await make("networks", { name: "mine", autoCreateSubnetworks: true });
  await allow("own", { ports: ["80", "443", "8443"], network });
  expect(await finding({ network })).toMatchObject({
    state: "green",
    words: "Machines with the tag clarateach are open on 80, 443 and 8443.",
  });
  firewalls.clear();
  await allow("plane", { ports: ["8443"], sourceRanges: ["203.0.113.7/32"] });
  await allow("doors", { ports: ["1-443"] });
  expect((await finding()).state).toBe("green");
  // With live video, its ports too, by both protocols.
  const seatSettings = { CLARATEACH_NEKO_IMAGE: "registry.example.org/neko:1", CLARATEACH_NEKO_PORTS: "41000" };
  await allow("video", { ports: [], allowed: [{ IPProtocol: "17", ports: ["41000-42000"] }] });
  expect((await finding({ seatSettings })).words).toMatch(/^No rule lets tcp:41001-41099 through.* --allow tcp:41001-41099$/);
  await allow("video-too", { ports: ["41001-41099"] });
  expect((await finding({ seatSettings })).state).toBe("green");
  firewalls.clear();
  await allow("plane", { ports: ["8443"] });
  await allow("few", { ports: ["80", "443"], sourceRanges: ["10.0.0.0/8"] });
  await allow("off", { ports: ["80"], disabled: true });
  await allow("udp", { ports: [], allowed: [{ IPProtocol: "udp", ports: ["443"] }] });
  expect((await finding()).words).toStartWith("No rule lets 80, 443 through to machines with the tag clarateach.");
  refuse("/firewalls", 503, "backendError");
  expect((await finding()).state).toBe("unknown");
});

test("image: one that isn't there is red, and a bare one without what machines fetch", async () => {
  const image = "projects/debian-cloud/global/images/family/debian-1";
  expect(of(await look({ image }), "Image")).toMatchObject({ state: "red", words: expect.stringContaining("was not found") });
  const bare = await examine(SETTINGS, { machines: 1 }, accessAt(google.port));
  expect(of(bare, "Image")).toMatchObject({
    state: "red",
    words: expect.stringContaining("set CLARATEACH_GCE_AGENT_URL and CLARATEACH_GCE_SEATS_URL"),
  });
  refuse("/images/", 503, "backendError");
  expect(state(await look(), "Image")).toBe("unknown");
});

test("sealed keys: what may not be listed is red, what isn't answered isn't known", async () => {
  refuse("/secrets", 403, "", { rpc: "PERMISSION_DENIED", message: "Permission 'secretmanager.secrets.list' denied" });
  expect(words(await look(), "Sealed keys")).toContain("role.yaml");
  google.world.faults.clear();
  refuse("/secrets", 503, "");
  expect(state(await look(), "Sealed keys")).toBe("unknown");
});

test("DNS zone: of another domain is red", async () => {
  expect(words(await look({ domain: "ws.example.org" }), "DNS zone")).toBe(
    "The zone ws holds ws.example.com. and not ws.example.org: name another zone, or another domain.",
  );
  expect(state(await look({ dnsZone: "other" }), "DNS zone")).toBe("red");
  refuse("/managedZones/", 503, "backendError");
  expect(state(await look(), "DNS zone")).toBe("unknown");
});

test("delegation: the world has to ask the zone's own name servers", async () => {
  const own = () => google.world.dns.zones.get("ws");
  const elsewhere = {
    ...own(),
    records: new Map([["ws.example.com. NS", { rrdatas: ["ns1.elsewhere.example."] }]]),
    changes: [],
  };
  const nobodys = { ...own(), records: new Map(), changes: [] };
  const servers: NameServer[] = [];
  const findingOf = async (zone: () => ManagedZone | undefined) => {
    const server = await startNameServer(zone);
    servers.push(server);
    const resolver = new dns.Resolver({ timeout: NAMES_MS, tries: 1 });
    resolver.setServers([server.address]);
    return of(await look({}, { resolver }), "Delegation of the domain");
  };
  expect(await findingOf(own)).toMatchObject({
    state: "green",
    words: expect.stringContaining("ns-cloud-a1.googledomains.com."),
  });
  const led = await findingOf(() => elsewhere as unknown as ManagedZone);
  expect(led.state).toBe("red");
  expect(led.words).toStartWith("The world asks ns1.elsewhere.example. for ws.example.com.");
  expect(led.words).toContain("make NS records of ws.example.com: ns-cloud-a1.googledomains.com.");
  expect(await findingOf(() => nobodys as unknown as ManagedZone)).toMatchObject({
    state: "red",
    words: expect.stringContaining("Nobody knows ws.example.com."),
  });
  const silent = new dns.Resolver({ timeout: NAMES_MS, tries: 1 });
  silent.setServers(["127.0.0.1:9"]);
  expect(state(await look({}, { resolver: silent }), "Delegation of the domain")).toBe("unknown");
  // An emulator's names are nobody's.
  expect(state(await look(), "Delegation of the domain")).toBe("unknown");
  for (const server of servers) await server.end();
});

test("certificate account: an authority that wants one it knows is red without; one that isn't there isn't known", async () => {
  const closed = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    fetch: () => Response.json({ meta: { externalAccountRequired: true } }),
  });
  const directory = `http://127.0.0.1:${closed.port}/dir`;
  const what = `Certificates by 127.0.0.1:${closed.port}`;
  const binding = { kid: "kid-1", hmacKey: "a2V5" };
  expect(of(await look({ authorities: [{ directory }] }), what)).toMatchObject({ state: "red" });
  expect(of(await look({ authorities: [{ directory, binding }] }), what)).toMatchObject({ state: "green" });
  await closed.stop(true);
  expect(of(await look({ authorities: [{ directory }] }), what)).toMatchObject({ state: "unknown" });
});

test("certificate account: the one that classes used is asked for, and red when the authority doesn't take it any more", async () => {
  const world = await startGoogleWorld();
  const pebble = await startPebble(1);
  const { authority } = pebble;
  const settings = { ...WHOLE, authorities: [authority] };
  const finding = async () =>
    of(
      await examine(settings, { machines: 1 }, accessAt(world.google.port)),
      `Certificates by ${new URL(authority.directory).host}`,
    );
  expect(await finding()).toMatchObject({ state: "green", words: "It can be asked; the first class makes an account." });
  const cloud = await world.another({ authorities: [authority] });
  await cloud.certificates?.create("ws-abc123.ws.example.com");
  const { secrets } = world.google.world.secrets;
  const saved = () => [...secrets.keys()].find((name) => name.startsWith("test-acme-")) ?? "";
  const account = () => JSON.parse(secrets.get(saved())?.versions.at(-1)?.data?.toString() ?? "{}");
  await until("the account", () => account().url !== undefined);
  await cloud.certificates?.remove("ws-abc123.ws.example.com");
  expect(await finding()).toMatchObject({ state: "green", words: "It knows this gateway’s account." });
  // Another key than the one that the authority has.
  await cloud.secrets.put(saved().replace("test-", ""), JSON.stringify({ ...account(), key: newKey() }));
  const red = await finding();
  expect(red).toMatchObject({ state: "red", words: expect.stringContaining(`gcloud secrets delete ${saved()} --project p1`) });
  await pebble.end();
  await world.end();
});

test("clock: off by more than tokens last is red, an answer without the time isn't known", async () => {
  const found = async (date: string | undefined) => {
    // Google's answers with another date.
    const server = createServer((request, response) => {
      response.sendDate = false;
      if (request.method === "HEAD") return void response.writeHead(200, date === undefined ? {} : { date }).end();
      const { method = "GET", url = "/", headers } = request;
      request.pipe(
        httpRequest({ port: google.port, method, path: url, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const findings = await examine(WHOLE, { machines: 1 }, accessAt((server.address() as AddressInfo).port));
    server.closeAllConnections();
    server.close();
    return of(findings, "Clock");
  };
  const slow = await found(new Date(Date.now() + 90_000).toUTCString());
  expect(slow).toMatchObject({ state: "red", words: expect.stringMatching(/is [89]\d s slow: .*timedatectl/) });
  expect((await found(new Date(Date.now() - 90_000).toUTCString())).words).toMatch(/ s fast: /);
  expect((await found(undefined)).state).toBe("unknown");
});

test("a Google that never answers holds nobody up for longer than half a minute, and isn't called wrong", async () => {
  google.world.faults.add({ kind: "silent", path: "", times: 10_000 });
  const findings = await look();
  expect(findings.filter(({ state: each }) => each === "red")).toEqual([]);
  for (const what of ["APIs", "Machine type", "Quota in europe-west4", "Firewall", "Image", "Sealed keys", "DNS zone"])
    expect([what, of(findings, what)]).toMatchObject([
      what,
      { state: "unknown", words: "Nobody answered within 30 s. Try again." },
    ]);
});
