import { afterAll, afterEach, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../../agent/machine/certificate.ts";
import { type Authority, DoorProblem } from "../../../provision/certificates/authority.ts";
import { type KeptCertificates, openCertificates } from "../../../provision/certificates/certificates.ts";
import { openFiles } from "../../../provision/certificates/files.ts";
import { namesProblems } from "../../../provision/certificates/names.ts";
import { renewalOf } from "../../../provision/certificates/renewal.ts";
import { until } from "../../support/until.ts";

const HOST = "ws-abc123.class.test";
const DAY = 24 * 3_600_000;
const room = await mkdtemp(join(tmpdir(), "ct-certificates-"));
const opened: KeptCertificates[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});
afterAll(() => rmSync(room, { recursive: true }));

/** An authority that gives what anybody could make. */
function giver(name: string, asked: string[]): Authority {
  return {
    name,
    order: async (host) => {
      asked.push(`${name} ${host}`);
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      return { key, chain: selfSigned(key, host) };
    },
  };
}

function refuser(name: string, asked: string[], error: unknown = new Error("too many today")): Authority {
  return {
    name,
    order: async (host) => {
      asked.push(`${name} ${host}`);
      throw error;
    },
  };
}

async function open(authorities: Authority[], serve: (host: string) => Promise<void> = async () => {}) {
  const files = await openFiles(await mkdtemp(join(room, "data-")));
  const told: string[] = [];
  const tools = {
    files,
    authorities,
    serve,
    forget: async () => {},
    wanted: async () => [HOST],
    report: (line: string) => void told.push(line),
    advice: "Is the sun shining?",
  };
  const certificates = openCertificates(tools);
  opened.push(certificates);
  return { files, told, tools, certificates };
}

const over = (certificates: KeptCertificates) =>
  until("the order's end", async () => {
    const found = await certificates.find(HOST);
    return found?.status === "starting" ? undefined : (found ?? { status: "none" });
  });

test("one that refuses doesn't cost the class: the next one is asked; what is there is not ordered again", async () => {
  const asked: string[] = [];
  const { certificates, files, tools } = await open([refuser("a", asked), giver("b", asked), giver("c", asked)]);
  expect(await certificates.find(HOST)).toBeUndefined();
  await Promise.all([certificates.create(HOST), certificates.create(HOST)]);
  expect(await over(certificates)).toEqual({ host: HOST, status: "running" });
  await certificates.create(HOST);
  expect(asked).toEqual([`a ${HOST}`, `b ${HOST}`]);
  // For the front's group, where a service lets one into the directory.
  expect(statSync(files.path(HOST)).mode & 0o777).toBe(0o640);
  const after = openCertificates(tools);
  opened.push(after);
  expect(await after.find(HOST)).toEqual({ host: HOST, status: "running" });
  await certificates.remove(HOST);
  expect([await certificates.find(HOST), await files.hosts()]).toEqual([undefined, []]);
  await certificates.remove(HOST);
});

test("when all refuse it says what each of them said; asking again asks them again", async () => {
  const asked: string[] = [];
  const { certificates } = await open([refuser("a.test", asked), refuser("b.test", asked, new Error("bad name."))]);
  await certificates.create(HOST);
  expect(await over(certificates)).toEqual({
    host: HOST,
    status: "broken",
    detail: `No certificate could be had for ${HOST}. Is the sun shining? a.test: too many today. · b.test: bad name.`,
  });
  await certificates.create(HOST);
  await until("four questions", () => asked.length === 4);
});

test("doors that are shut are named, and no other authority is bothered", async () => {
  const asked: string[] = [];
  const { certificates } = await open([refuser("a", asked, new DoorProblem("Port 80 doesn't answer.")), giver("b", asked)]);
  await certificates.create(HOST);
  expect(await over(certificates)).toMatchObject({ status: "broken", detail: "Port 80 doesn't answer." });
  expect(asked).toEqual([`a ${HOST}`]);
});

test("one that is there and isn't served is served, not ordered again", async () => {
  const asked: string[] = [];
  let shut = true;
  const serve = async () => {
    if (shut) throw new DoorProblem("Port 443 shows another one.");
  };
  const { certificates } = await open([giver("a", asked)], serve);
  await certificates.create(HOST);
  expect(await over(certificates)).toMatchObject({ status: "broken", detail: "Port 443 shows another one." });
  shut = false;
  await certificates.create(HOST);
  expect(await over(certificates)).toMatchObject({ status: "running" });
  expect(asked.length).toBe(1);
});

test("removing ends an order that is under way, and nothing comes later", async () => {
  const given = Promise.withResolvers<void>();
  const slow = giver("slow", []);
  let asked = 0;
  const authority: Authority = {
    name: "slow",
    order: async (host, signal) => {
      asked++;
      await Promise.race([
        given.promise,
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      ]);
      return slow.order(host, signal);
    },
  };
  const { certificates, files } = await open([authority]);
  await certificates.create(HOST);
  await until("the order", () => asked === 1);
  expect(await certificates.find(HOST)).toEqual({ host: HOST, status: "starting" });
  await certificates.remove(HOST);
  given.resolve();
  expect(asked).toBe(1);
  expect([await certificates.find(HOST), await files.hosts()]).toEqual([undefined, []]);
});

test("the last third of its time renews it; what nobody wants any more runs out; trouble with it is told and costs nothing", async () => {
  expect(renewalOf({ from: 0, until: 90 * DAY })).toBe(60 * DAY);
  const asked: string[] = [];
  const { certificates, tools, told, files } = await open([giver("a", asked)]);
  for (const host of [HOST, "ws-old000.class.test"]) {
    await certificates.create(host);
    await until(host, async () => (await certificates.find(host))?.status === "running");
  }
  const before = await files.read(HOST);
  await certificates.renewDue(Date.now());
  expect(asked.length).toBe(2);
  await certificates.renewDue((before?.until ?? 0) - DAY);
  expect(asked).toEqual([`a ${HOST}`, "a ws-old000.class.test", `a ${HOST}`]);
  expect((await files.read(HOST))?.fingerprint).not.toBe(before?.fingerprint);
  const poor = openCertificates({ ...tools, authorities: [refuser("a", asked)] });
  opened.push(poor);
  await poor.renewDue((before?.until ?? 0) - DAY);
  expect(told).toEqual([
    expect.stringMatching(/^The certificate of ws-abc123\.class\.test could not be renewed: .*too many today/),
  ]);
  expect(await poor.find(HOST)).toMatchObject({ status: "running" });
});

test("the domain's own is told of when it is there, and when the next try is", async () => {
  const good = await open([giver("a", [])]);
  await good.certificates.keep(HOST);
  expect(good.told).toEqual([`The certificate of ${HOST} is there: the door is open.`]);
  await good.certificates.keep(HOST);
  expect(good.told.length).toBe(1);
  const bad = await open([refuser("a", [])]);
  await bad.certificates.keep(HOST);
  expect(bad.told).toEqual([expect.stringMatching(/too many today\. The next try is in 2 minutes, or when you start again\.$/)]);
});

test("no other name leaves the directory", async () => {
  const { files } = await open([]);
  for (const host of ["../x", "", "a/b", "..", ".hidden", "A.test"])
    expect(() => files.path(host)).toThrow(/no certificate can be had/);
  expect(readdirSync(room).some((name) => name.startsWith("x"))).toBe(false);
});

test("names that don't lead here are told, one sentence each", async () => {
  const lookup = (known: Record<string, string[]>) => async (name: string) => known[name] ?? [];
  const [domain, machine] = ["class.test", "ws-sample.class.test"];
  expect(await namesProblems(domain, lookup({ [domain]: ["127.0.0.1"], [machine]: ["127.0.0.1"] }))).toEqual([]);
  expect(await namesProblems(domain, lookup({ [domain]: ["203.0.113.5"] }))).toEqual([
    expect.stringMatching(/^class\.test points to 203\.0\.113\.5, which is no address of this computer/),
    expect.stringMatching(/^\*\.class\.test has no address yet: add an A/),
  ]);
});
