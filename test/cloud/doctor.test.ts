/** `./scripts/start doctor` as it is run, with the credentials that a computer has. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCredentials } from "../support/google-cloud/credentials.ts";
import { type GoogleCloud, startGoogleCloud } from "../support/google-cloud/google-cloud.ts";
import { type MetadataServer, startMetadataServer } from "../support/google-cloud/metadata-server.ts";
import { googleSettings } from "../support/google-settings.ts";
import { until } from "../support/until.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
let google: GoogleCloud;
let home: string;
let metadata: MetadataServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ct-google-doctor-"));
  google = await startGoogleCloud({ project: "p1-classes", managedZones: { ws: "ws.example.com." }, token: "emu" });
  const doors = {
    name: "machines",
    network: "global/networks/default",
    allowed: [{ IPProtocol: "tcp", ports: ["80", "443", "8443"] }],
  };
  await make("/global/firewalls", doors);
  metadata = startMetadataServer(google.world, await gatewaysMachine(), { email: "gateway@p1-classes.iam", token: "emu" });
});
afterAll(async () => {
  await Promise.all([metadata.end(), google.end()]);
  await rm(home, { recursive: true });
});

function make(path: string, body: object): Promise<Response> {
  const headers = { authorization: "Bearer emu", "content-type": "application/json" };
  const url = `http://127.0.0.1:${google.port}/compute/v1/projects/p1-classes${path}`;
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The VM that the gateway itself runs on, with a service account. */
async function gatewaysMachine() {
  const wish = {
    name: "gateway",
    machineType: "zones/europe-west4-a/machineTypes/e2-standard-2",
    disks: [{ boot: true, initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12" } }],
    networkInterfaces: [{ network: "global/networks/default" }],
  };
  await make("/zones/europe-west4-a/instances", wish);
  return until("the gateway's machine", () => [...google.world.compute.machines.values()][0]);
}

async function doctor(credentials: Record<string, string>, more: Record<string, string> = {}, argv: string[] = []) {
  const env = {
    ...{ PATH: process.env.PATH ?? "", HOME: home, CLARATEACH_DATA: join(home, "data") },
    ...googleSettings(google.port, "p1-classes", ["europe-west4-a"]),
    ...{ CLARATEACH_ACME: "https://127.0.0.1:9/dir" },
    ...{ CLARATEACH_GCE_AGENT_URL: "https://f.example.org/a", CLARATEACH_GCE_AGENT_SHA256: "a".repeat(64) },
    ...{ CLARATEACH_GCE_SEATS_URL: "https://f.example.org/s", CLARATEACH_GCE_SEATS_SHA256: "b".repeat(64) },
    ...credentials,
    ...more,
  };
  const command = [process.execPath, "gateway/main.ts", "doctor", ...argv];
  const child = Bun.spawn(command, { cwd: ROOT, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, lines: out.trim().split("\n"), err };
}
const lineOf = ({ lines }: { lines: string[] }, what: string) => lines.find((line) => line.includes(` ${what}: `)) ?? "";

test("on a machine of Google's its own account gives the tokens; nothing red is exit code 0", async () => {
  const said = await doctor({ METADATA_SERVER_DETECTION: "assume-present", GCE_METADATA_HOST: `127.0.0.1:${metadata.port}` });
  expect(said.err).toBe("");
  expect(lineOf(said, "Credentials")).toBe("green    Credentials: Google gives tokens for the project p1-classes.");
  for (const what of ["APIs", "Machine type", "Quota in europe-west4", "Firewall", "Image", "Sealed keys", "DNS zone", "Clock"])
    expect(lineOf(said, what)).toStartWith("green ");
  for (const what of ["Delegation of the domain", "Certificates by 127.0.0.1:9"])
    expect(lineOf(said, what)).toStartWith("unknown ");
  expect(said.code).toBe(0);
});

test("a file names where tokens are given; what is red is exit code 1", async () => {
  google.world.compute.quotas.set("CPUS", 16);
  const file = { GOOGLE_APPLICATION_CREDENTIALS: await writeCredentials(home, google.port) };
  expect((await doctor(file, {}, ["--seats", "10"])).code).toBe(0);
  const said = await doctor(file, {}, ["--seats", "30"]);
  expect(lineOf(said, "Quota in europe-west4")).toStartWith("red      Quota in europe-west4: europe-west4 has room for ");
  expect(lineOf(said, "Quota in europe-west4")).toContain(" 3 are needed.");
  expect(said.code).toBe(1);
  google.world.compute.quotas.set("CPUS", 6000);
});

test("without any credentials, and with a file that is none, one line is red, says what to do, and nothing else is blamed", async () => {
  const broken = join(home, "broken.json");
  await writeFile(broken, '{"type": "authorized_user"}');
  for (const credentials of [{}, { GOOGLE_APPLICATION_CREDENTIALS: broken }]) {
    const said = await doctor(credentials);
    expect(said.lines.filter((line) => line.startsWith("red"))).toEqual([
      expect.stringMatching(
        /^red {6}Credentials: There are no credentials for Google Cloud\. Run “gcloud auth application-default login”/,
      ),
    ]);
    expect(lineOf(said, "APIs")).toBe("unknown  APIs: Not looked at: there are no credentials.");
    expect(said.code).toBe(1);
  }
});

test("where tokens should be given and nobody answers, it isn't known whether there are credentials", async () => {
  const said = await doctor({ GOOGLE_APPLICATION_CREDENTIALS: await writeCredentials(home, 9) });
  expect(lineOf(said, "Credentials")).toStartWith("unknown  Credentials: Nobody gives tokens for Google Cloud.");
  expect(said.code).toBe(0);
});

test("a number of seats that is none is a sentence and exit code 2", async () => {
  const said = await doctor({}, {}, ["--seats", "many"]);
  expect([said.code, said.lines]).toEqual([2, [""]]);
  expect(said.err).toStartWith('--seats is "many"; it may be a number from 1 to 99999.');
});
