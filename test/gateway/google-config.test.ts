import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig, SettingProblem } from "../../gateway/config.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const data = mkdtempSync(join(tmpdir(), "ct-google-config-"));
const WHOLE = {
  CLARATEACH_DATA: data,
  CLARATEACH_CLOUD: "gce",
  CLARATEACH_GCE_PROJECT: "my-classes-4711",
  CLARATEACH_GCE_ZONES: "europe-west4-a, europe-west4-b",
  CLARATEACH_GCE_DNS_ZONE: "classes",
  CLARATEACH_GCE_DOMAIN: "ws.example.org",
};
const refusal = (env: Record<string, string>): string => {
  try {
    readConfig({ ...WHOLE, ...env });
  } catch (error) {
    expect(error).toBeInstanceOf(SettingProblem);
    return (error as Error).message;
  }
  return "";
};
afterAll(() => rmSync(data, { recursive: true }));

test("machines are this computer's unless Google Cloud is chosen, with its settings", () => {
  expect(readConfig({ CLARATEACH_DATA: data }).google).toBeUndefined();
  expect(readConfig({ ...WHOLE, CLARATEACH_CLOUD: "local" }).google).toBeUndefined();
  expect(readConfig(WHOLE).google).toEqual({
    project: "my-classes-4711",
    zones: ["europe-west4-a", "europe-west4-b"],
    dnsZone: "classes",
    domain: "ws.example.org",
    machineType: "e2-standard-8",
    image: "projects/debian-cloud/global/images/family/debian-12",
    diskGb: 50,
    network: "global/networks/default",
    networkTag: "clarateach",
    installation: "clarateach",
    machinesMost: 30,
    labels: {},
    authorities: [{ directory: "https://acme-v02.api.letsencrypt.org/directory" }],
  });
});

test("authorities are asked in their order, with the account that one wants; a wrong entry is one sentence without its key", () => {
  const acme = "https://acme-v02.api.letsencrypt.org/directory https://dv.acme-v02.api.pki.goog/directory";
  const bindings = "dv.acme-v02.api.pki.goog=kid-1:bXktaG1hYy1rZXktMTIzNDU";
  const { google } = readConfig({ ...WHOLE, CLARATEACH_ACME: acme, CLARATEACH_ACME_BINDINGS: bindings });
  expect(google?.authorities).toEqual([
    { directory: "https://acme-v02.api.letsencrypt.org/directory" },
    {
      directory: "https://dv.acme-v02.api.pki.goog/directory",
      binding: { kid: "kid-1", hmacKey: "bXktaG1hYy1rZXktMTIzNDU" },
    },
  ]);
  const foreign = refusal({ CLARATEACH_ACME_BINDINGS: bindings });
  expect(foreign).toStartWith(
    'CLARATEACH_ACME_BINDINGS has an entry for "dv.acme-v02.api.pki.goog" that can\'t work; set each to ',
  );
  expect(foreign).not.toContain("bXktaG1hYy1rZXktMTIzNDU");
  expect(refusal({ CLARATEACH_ACME: "http://ca.example.org" })).toStartWith(
    'CLARATEACH_ACME names "http://ca.example.org"; set it to ',
  );
});

test("what machines fetch is an https address with its digest, both or neither", () => {
  const [url, sha256] = ["https://files.example.org/clarateach-agent", "a".repeat(64)];
  const { google } = readConfig({ ...WHOLE, CLARATEACH_GCE_AGENT_URL: url, CLARATEACH_GCE_AGENT_SHA256: sha256 });
  expect([google?.agent, google?.seats]).toEqual([{ url, sha256 }, undefined]);
  expect(refusal({ CLARATEACH_GCE_AGENT_URL: url })).toStartWith('CLARATEACH_GCE_AGENT_SHA256 is ""; set it to ');
  expect(refusal({ CLARATEACH_GCE_SEATS_URL: "http://x.org/a", CLARATEACH_GCE_SEATS_SHA256: sha256 })).toStartWith(
    'CLARATEACH_GCE_SEATS_URL is "http://x.org/a"; set it to ',
  );
});

test("settings of seats go to the machines, as many as there are; none is dropped without a word", () => {
  const settings = {
    ...{ CLARATEACH_LLM_URL: "https://llm.example.org", CLARATEACH_NPM_REGISTRY: "https://npm.example.org" },
    ...{ CLARATEACH_OUTBOUND: "pypi.org, .npmjs.org", CLARATEACH_OUTBOUND_ALLOW: "192.168.7.0/24" },
    ...{ CLARATEACH_SEAT_MEMORY: "1.5 GiB", CLARATEACH_SEAT_CPUS: "1", CLARATEACH_SEAT_PIDS: "99" },
    ...{ CLARATEACH_SEAT_DISK: "1G", CLARATEACH_SEAT_SUBNETS: "10.99.0.0/16" },
    ...{ CLARATEACH_NEKO_IMAGE: "registry.example.org/neko:1", CLARATEACH_NEKO_PORTS: "41000" },
    CLARATEACH_ICE_SERVERS: '[{"urls":["stun:stun.example.org"]}]',
  };
  expect(readConfig({ ...WHOLE, ...settings }).google?.seatSettings).toEqual(settings);
  expect(readConfig({ ...WHOLE, CLARATEACH_OUTBOUND: " " }).google).not.toHaveProperty("seatSettings");
});

test("further labels are the installation's own, as many and as long as Google takes, and never ours", () => {
  const labels = (text: string) => readConfig({ ...WHOLE, CLARATEACH_GCE_LABELS: text }).google?.labels;
  expect(labels("team=training, cost-center=4711 empty=")).toEqual({ team: "training", "cost-center": "4711", empty: "" });
  const many = (count: number) => Array.from({ length: count }, (_, i) => `l${i}=x`).join(" ");
  expect(Object.keys(labels(many(59)) ?? {})).toHaveLength(59);
  expect(labels(`${"k".repeat(63)}=${"v".repeat(63)}`)).toEqual({ ["k".repeat(63)]: "v".repeat(63) });
  expect(refusal({ CLARATEACH_GCE_LABELS: many(60) })).toContain("60 labels; set at most 59");
});

const SHA = "a".repeat(64);
const FILE = "https://files.example.org/a";
/** What can't work, and how the one sentence about it begins. */
const BROKEN: [settings: Record<string, string>, sentence: string][] = [
  [{ CLARATEACH_CLOUD: "aws" }, 'CLARATEACH_CLOUD is "aws"; set it to local or gce.'],
  ...["PROJECT", "ZONES", "DNS_ZONE", "DOMAIN"].map((key): [Record<string, string>, string] => [
    { [`CLARATEACH_GCE_${key}`]: "" },
    `CLARATEACH_CLOUD is gce and CLARATEACH_GCE_${key} isn't set; set it to `,
  ]),
  ...Object.entries({
    PROJECT: "P1",
    ZONES: "europe-west4",
    DNS_ZONE: "ws.example.org.",
    DOMAIN: "https://x.org",
    MACHINE_TYPE: "E2 standard",
    IMAGE: "debian",
    DISK_GB: "5",
    NETWORK: "default",
    NETWORK_TAG: "my tag",
    INSTALLATION: "A b",
    AGENT_SHA256: "abc",
    SEATS_URL: "http://x.org/a",
    API: "http://10.0.0.1:8799",
  }).map(([key, value]): [Record<string, string>, string] => [
    { CLARATEACH_GCE_AGENT_URL: FILE, CLARATEACH_GCE_AGENT_SHA256: SHA, [`CLARATEACH_GCE_${key}`]: value },
    `CLARATEACH_GCE_${key} is "${value}"; `,
  ]),
  [{ CLARATEACH_GCE_AGENT_URL: FILE }, 'CLARATEACH_GCE_AGENT_SHA256 is ""; set it to '],
  [{ CLARATEACH_GCE_LABELS: "Team=x" }, 'CLARATEACH_GCE_LABELS has "Team=x"; set each to key=value in lower-case letters'],
  [{ CLARATEACH_GCE_LABELS: "team" }, 'CLARATEACH_GCE_LABELS has "team"; set each to key=value'],
  [{ CLARATEACH_GCE_LABELS: `team=${"x".repeat(64)}` }, 'CLARATEACH_GCE_LABELS has "team=xxx'],
  [{ CLARATEACH_GCE_LABELS: "workshop=mine" }, 'CLARATEACH_GCE_LABELS has "workshop=mine"; leave it out, '],
  [{ CLARATEACH_GCE_LABELS: "team=a team=b" }, 'CLARATEACH_GCE_LABELS has "team" twice; say it once.'],
  ...["0", "10000", "many", "-1"].map((value): [Record<string, string>, string] => [
    { CLARATEACH_GCE_MACHINES_MOST: value },
    `CLARATEACH_GCE_MACHINES_MOST is "${value}"; set it to how many machines all classes together may have, like 30.`,
  ]),
  [{ CLARATEACH_GCE_ZONE: "europe-west4-a" }, "CLARATEACH_GCE_ZONE is no setting; set one of CLARATEACH_GCE_PROJECT, "],
  [{ CLARATEACH_ACME: "http://ca.example.org/dir" }, 'CLARATEACH_ACME names "http://ca.example.org/dir"; set it to '],
  [{ CLARATEACH_ACME_BINDINGS: "ca.example.org=x" }, 'CLARATEACH_ACME_BINDINGS has an entry for "ca.example.org" that '],
  [{ CLARATEACH_DOMAIN: "class.example.org" }, "CLARATEACH_CLOUD is gce; leave CLARATEACH_DOMAIN out, "],
  [{ CLARATEACH_DNS: "my-classes-4711/classes" }, "CLARATEACH_CLOUD is gce; leave CLARATEACH_DNS out, "],
  ...Object.entries({
    CLARATEACH_SEAT_IMAGE: "a/b:1",
    CLARATEACH_TRUSTED_CA: "/etc/ca.pem",
    CLARATEACH_DOCKER_SOCKET: "/run/docker.sock",
    CLARATEACH_OCI_RUNTIME: "runsc",
    CLARATEACH_DEVICE_ROOT: "/host",
  }).map(([name, value]): [Record<string, string>, string] => [
    { [name]: value },
    `CLARATEACH_CLOUD is gce, whose machines don't get ${name} from here; leave it out, `,
  ]),
  [{ CLARATEACH_OUTBOUND: 'a.org"\nX=1' }, "CLARATEACH_OUTBOUND has a quote, "],
  [
    { CLARATEACH_NEKO_IMAGE: "a/neko:1", CLARATEACH_NEKO_PORTS: "80" },
    'CLARATEACH_NEKO_PORTS is "80"; set it to a number from 1024',
  ],
  [{ CLARATEACH_NEKO_ADDRESS: "192.0.2.7" }, "CLARATEACH_CLOUD is gce, and CLARATEACH_NEKO_ADDRESS is set; leave it out"],
  [{ CLARATEACH_MACHINES: "/run/machines" }, "CLARATEACH_CLOUD is gce; leave CLARATEACH_MACHINES out, "],
  [{ CLARATEACH_RUNTIME: "process" }, "CLARATEACH_CLOUD is gce and its seats are containers; leave CLARATEACH_RUNTIME "],
];

test.each(BROKEN)("%p can't work: one sentence, exit code 1", async (settings, sentence) => {
  expect(refusal(settings)).toStartWith(sentence);
  const env = { PATH: process.env.PATH ?? "", HOME: data, ...WHOLE, ...settings };
  const child = Bun.spawn([process.execPath, "gateway/main.ts", "check"], { cwd: ROOT, env, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect([await child.exited, out, err]).toEqual([1, "", `${refusal(settings)}\n`]);
  expect(refusal(settings)).not.toContain("\n");
});

test("tokens are sent unencrypted to an emulator on this computer only", () => {
  expect(readConfig({ ...WHOLE, CLARATEACH_GCE_API: "http://127.0.0.1:8799" }).google?.api).toEqual({
    host: "127.0.0.1",
    port: 8799,
  });
  for (const api of ["http://10.0.0.1:8799", "https://example.org", "http://127.0.0.1:99999", "http://127.0.0.1:80@evil.example"])
    expect(refusal({ CLARATEACH_GCE_API: api })).toContain("CLARATEACH_GCE_API is");
});
