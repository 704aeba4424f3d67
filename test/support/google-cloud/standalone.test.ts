import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { until } from "../until.ts";

let room: string;
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "ct-google-"));
});
afterAll(() => rm(room, { recursive: true }));

const MAIN = new URL("main.ts", import.meta.url).pathname;
const OVER_TLS = new URL("over-tls.ts", import.meta.url).pathname;

/** The program as others start it. */
async function start(...more: string[]) {
  const out = join(room, crypto.randomUUID());
  const command = [process.execPath, MAIN, "--port", "0", "--project", "p1", "--zone", "ws=ws.example.com.", ...more];
  const child = Bun.spawn(command, { stdout: Bun.file(out) });
  const url = await until("the address", async () => /https?:\S+/.exec(await Bun.file(out).text())?.[0]);
  const end = async () => {
    child.kill();
    await child.exited;
  };
  return { url, end, said: () => Bun.file(out).text() };
}

const post = async (url: string, body: unknown) =>
  (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json() as Promise<Record<string, string>>;

test("it starts alone, for other programs: one line says where; faults and record by HTTP", async () => {
  const { url, end, said } = await start();
  expect((await said()).trim().split("\n")).toHaveLength(1);
  const records = await fetch(`${url}/dns/v1/projects/p1/managedZones/ws/rrsets`);
  expect(((await records.json()) as { rrsets: unknown[] }).rrsets).toHaveLength(2);
  // As curl calls it, unless told otherwise.
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  await fetch(`${url}/_faults`, { method: "POST", headers, body: JSON.stringify({ kind: "answer", status: 503 }) });
  expect((await fetch(`${url}/v1/projects/p1/secrets`)).status).toBe(503);
  const { entries, calls } = (await (await fetch(`${url}/_record`)).json()) as { entries: unknown[]; calls: unknown[] };
  expect(entries).toMatchObject([{ kind: "managedZone", name: "ws" }]);
  expect(calls).toHaveLength(2);
  await end();
});

test("from outside each state of an instance is seen, its console and metadata read, and what it says of itself", async () => {
  const { url, end } = await start();
  const [zone, name] = ["zones/europe-west4-a", "vm"];
  const compute = `${url}/compute/v1/projects/p1/${zone}`;
  const initializeParams = { sourceImage: "projects/debian-cloud/global/images/family/debian-12" };
  await post(`${compute}/instances`, {
    name,
    machineType: `${zone}/machineTypes/e2-standard-2`,
    disks: [{ boot: true, autoDelete: true, initializeParams }],
    networkInterfaces: [{ accessConfigs: [{}] }],
    metadata: { items: [{ key: "enable-guest-attributes", value: "TRUE" }] },
  });
  const seen: string[] = [];
  const look = async () => {
    const answer = await fetch(`${compute}/instances/${name}`);
    const { status = "gone" } = (await answer.json()) as { status?: string };
    if (seen.at(-1) !== status) seen.push(status);
    return status;
  };
  await until("RUNNING", async () => (await look()) === "RUNNING");
  const instance = `${zone}/instances/${name}`;
  await post(`${url}/_serial`, { instance, text: "startup-script: done\n" });
  const serial = (await (await fetch(`${compute}/instances/${name}/serialPort`)).json()) as { contents: string };
  expect(serial.contents).toEndWith("startup-script: done\n");
  const { host } = await post(`${url}/_metadata`, { instance, account: { email: "a@b", token: "word" } });
  const own = `http://${host}/computeMetadata/v1/instance`;
  const headers = { "metadata-flavor": "Google" };
  expect(await (await fetch(`${own}/name`, { headers })).text()).toBe(name);
  const account = await fetch(`${own}/service-accounts/default/token`, { headers });
  expect(await account.json()).toMatchObject({ access_token: "word" });
  await fetch(`${own}/guest-attributes/workshop/state`, { method: "PUT", body: "ready", headers });
  const attributes = await fetch(`${compute}/instances/${name}/getGuestAttributes?queryPath=workshop/`);
  expect(await attributes.json()).toMatchObject({ queryValue: { items: [{ value: "ready" }] } });
  await fetch(`${compute}/instances/${name}`, { method: "DELETE" });
  await until("its end", async () => (await look()) === "gone");
  expect(seen).toEqual(["PROVISIONING", "STAGING", "RUNNING", "STOPPING", "gone"]);
  await end();
});

test("over TLS all three clients take the address as it is when they trust its certificate", async () => {
  const [cert, key] = [join(room, "cert.pem"), join(room, "key.pem")];
  await $`openssl req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost`.quiet();
  const { url, end } = await start("--cert", cert, "--key", key);
  const { port } = new URL(url);
  const child = Bun.spawn([process.execPath, OVER_TLS, port], {
    env: { PATH: process.env.PATH ?? "", HOME: room, METADATA_SERVER_DETECTION: "none", NODE_EXTRA_CA_CERTS: cert },
    stdout: "pipe",
  });
  expect(JSON.parse(await new Response(child.stdout).text())).toEqual({ machines: 0, secrets: 0, records: 2 });
  expect(await child.exited).toBe(0);
  await end();
});

test("what it can't start with is told", async () => {
  const cert = join(room, "alone.pem");
  await writeFile(cert, "");
  for (const [option, value, words] of [
    ["--zone", "ws", '--zone is "ws"; write NAME=DOMAIN.'],
    ["--cert", cert, "--cert and --key belong together"],
  ] as const) {
    const child = Bun.spawn([process.execPath, MAIN, "--port", "0", option, value], {
      stdout: "ignore",
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toContain(words);
    expect(await child.exited).not.toBe(0);
  }
  const help = await $`${process.execPath} ${MAIN} --help`.text();
  expect(help).toContain("POST   /_faults");
});
