/** Each call of a class's life fails once, or loses its answer once: what was wanted is reached, nothing is there twice, nothing is left. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../support/google-cloud/faults.ts";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { type GoogleLife, madeOf, startGoogleLife } from "../support/google-life.ts";
import { shuffled } from "../support/sample.ts";
import { until } from "../support/until.ts";

/** Classes whose break was met; each takes some 6 s. All of them take most of an hour. */
const SAMPLE = process.env.TEST_FULL ? Number.POSITIVE_INFINITY : 4;
const LONG = 3 * 3_600_000;

const isOfSecrets = (path: string) => /secrets|ersion/.test(path);
const tooMany = (path: string): Fault =>
  isOfSecrets(path)
    ? { kind: "answer", status: 429, rpc: "RESOURCE_EXHAUSTED" }
    : { kind: "answer", status: 403, reason: "rateLimitExceeded" };
/** `silent`: until the client's own deadline. */
const kindsOf = (path: string): Fault[] => [
  ...[{ kind: "lost" }, { kind: "cut" }, { kind: "silent" }, { kind: "answer", status: 503 }].map((fault) => fault as Fault),
  tooMany(path),
];

/** One thing that goes wrong once. */
interface Break {
  what: string;
  /** @returns whether it was met since */
  arm(): () => boolean;
  /** Every class makes this call. */
  isCertain: boolean;
  /** Google's refusal for good: told, and everything that was made is unmade. */
  fails?: true;
}

const INSERT = { method: "POST", path: "/instances\\?" };
const SPECIAL: readonly (Fault & { fails?: true })[] = [
  { ...INSERT, kind: "operation", code: "ZONE_RESOURCE_POOL_EXHAUSTED", status: 503 },
  { ...INSERT, kind: "operation", code: "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", status: 503 },
  { ...INSERT, kind: "operation", code: "INTERNAL_ERROR", status: 500 },
  { ...INSERT, kind: "operation", code: "QUOTA_EXCEEDED", status: 403, fails: true },
  { ...INSERT, kind: "answer", status: 403, reason: "quotaExceeded", fails: true },
  { method: "DELETE", path: "/instances/", kind: "operation", code: "INTERNAL_ERROR", status: 500 },
  { method: "POST", path: "/setMetadata", kind: "stale" },
  { method: "POST", path: "/setMetadata", kind: "operation", code: "INTERNAL_ERROR", status: 500 },
];
/** Of a machine's and an authority's calls, which are told apart by their number alone, so many: more are no other ones. */
const MOST = { agent: 24, authority: 34 };

let life: GoogleLife;
let opened: GoogleGateway;
beforeAll(async () => {
  life = await startGoogleLife();
  opened = await openGoogleGateway(life.world, mkdtempSync(join(life.room, "data-")), [life.authority]);
  await opened.gateway.begin();
});
afterAll(async () => {
  await opened.gateway.end();
  await life.end();
});

const ask: GoogleGateway["ask"] = (...call) => opened.ask(...call);
const create = async (name: string): Promise<{ id: string; code: string }> => {
  const wish = { name: name.slice(0, 80), seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { body } = await until(`the key to be sealed: ${name}`, async () => {
    const answer = await ask("POST", "/api/workshops", wish);
    return answer.status === 201 ? answer : undefined;
  });
  return { id: body.workshopId, code: body.code };
};
const look = async (id: string) => (await ask("GET", `/api/workshops/${id}`)).body;

/** What two unbroken classes both called. */
interface Calls {
  /** `POST ^/compute/…`: method and pattern. */
  google: Set<string>;
  /** How often at least. */
  others: Record<keyof typeof MOST, number>;
}

async function callsOf(one: () => Promise<unknown>): Promise<Calls> {
  const { history } = life.world.google.world;
  const listened = async (): Promise<Calls> => {
    const [counts, before] = [life.listen(), history.calls.length];
    await one();
    const google = new Set(history.calls.slice(before).map(({ method, path }) => `${method} ${patternOf(path)}`));
    return { google, others: { agent: counts.get("agent") ?? 0, authority: counts.get("authority") ?? 0 } };
  };
  // The gateway's very first class makes its account as well.
  await one();
  const [first, second] = [await listened(), await listened()];
  const least = (who: keyof typeof MOST) => Math.min(first.others[who], second.others[who], MOST[who]);
  return {
    google: first.google.intersection(second.google),
    others: { agent: least("agent"), authority: least("authority") },
  };
}

/** Path and first parameter, whatever the class is called. */
const patternOf = (path: string): string =>
  `^${path
    .replace(/&.*/, "")
    .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/ws-[a-z0-9]{6}/g, "ws-[a-z0-9]{6}")
    .replaceAll(/(changes|versions)\/\d+/g, "$1/\\d+")
    .replace(/requestId=.*/, "requestId=[^&]*")}(&|$)`;

function armFault(fault: Fault): () => boolean {
  const { faults } = life.world.google.world;
  faults.add(fault);
  return () => faults.waiting() === 0;
}

const breaksOf = ({ google, others }: Calls): Break[] => [
  ...[...google].flatMap((call) => {
    const [method = "", path = ""] = call.split(" ");
    return kindsOf(path).map((fault) => ({
      ...{ what: `${JSON.stringify(fault)} ${call}`, isCertain: true },
      arm: () => armFault({ ...fault, method, path }),
    }));
  }),
  ...Object.entries(others).flatMap(([call, count]) => breaksAt(call, count)),
];

const special = (): Break[] =>
  SPECIAL.map(({ fails, ...fault }) => ({
    ...{ what: JSON.stringify(fault), isCertain: true, arm: () => armFault(fault), ...(fails && { fails }) },
  }));

/** Not every class asks as often as another; half as often it does. */
const breaksAt = (call: string, count: number): Break[] =>
  Array.from({ length: count }, (_, i) => i + 1).flatMap((nth) =>
    (["cut", "lost"] as const).map((moment) => ({
      ...{ what: `${moment} ${call} ${nth}`, isCertain: nth <= count / 2 },
      arm: () => life.strike({ call, nth, moment }, async () => {}).isOver,
    })),
  );

/** @returns of each break that was looked for whether it was met; ends when so many were */
async function eachOf(
  breaks: readonly Break[],
  most: number,
  one: (each: Break) => Promise<unknown>,
): Promise<Map<Break, boolean>> {
  const seen = new Map<Break, boolean>();
  let met = 0;
  for (const each of shuffled(breaks)) {
    const isMet = each.arm();
    await one(each);
    seen.set(each, isMet());
    life.world.google.world.faults.clear();
    life.listen();
    if (process.env.TEST_FULL)
      console.log(`${seen.size} of ${breaks.length}: ${each.what}: ${seen.get(each) ? "met" : "not met"}`);
    if (seen.get(each)) met += 1;
    if (met >= most) break;
  }
  console.log(`${breaks.length} breaks, ${seen.size} looked for, ${met} met`);
  return seen;
}

/** As the machines' metadata have them. */
const seatsMaps = (): string[] =>
  [...life.world.google.world.compute.machines.values()].flatMap(
    ({ instance }) => instance.metadata.items?.find(({ key }) => key === "seats-map")?.value ?? [],
  );

async function live({ what, fails }: Pick<Break, "what" | "fails">): Promise<void> {
  const { id, code } = await create(what);
  await ask("POST", `/api/workshops/${id}/start`);
  const wanted = fails ? "failed" : "running";
  await until(`${wanted}: ${what}`, async () => {
    const { status, failure } = await look(id);
    if (status === "failed" && !fails) throw new Error(`${what}: it failed: ${failure}`);
    return status === wanted;
  });
  if (!fails) {
    const { status, body } = await ask("POST", "/api/join", { code, name: "Mira" });
    expect([what, status]).toEqual([what, 200]);
    await until(`the map: ${what}`, () => seatsMaps().includes(JSON.stringify({ [body.odehash]: 1 })));
  }
  await ask("POST", `/api/workshops/${id}/stop`);
  await until(`its end: ${what}`, async () => (await look(id)).status === "stopped");
  await expectClean(id, what, fails ? [0, 1] : [1]);
}

/** @param machines how many there may have been at once */
async function expectClean(id: string, what: string, machines = [1]): Promise<void> {
  await until(`nothing left: ${what}`, () => leftOf(life.world).length === 0);
  await until("its machine to end", () => life.vms.size === 0);
  const { atOnce } = life.machinesOf(id);
  expect([what, machines.includes(atOnce), atOnce]).toEqual([what, true, atOnce]);
  const { secret, secretVersion, recordSet = [] } = madeOf(life, id);
  expect([what, secret?.length, recordSet.length]).toEqual([what, 1, new Set(recordSet).size]);
  // A version has no name of ours: who lost the answer seals again, and destroys the earlier one.
  const versions = /"(lost|silent)".*:addVersion/.test(what) ? 2 : 1;
  expect([what, secretVersion?.length]).toEqual([what, versions]);
}

test(
  "a class that runs and ends, with each call to Google, the authority and the machine broken once",
  async () => {
    const calls = await callsOf(() => live({ what: "unbroken" }));
    expect(calls.google.size).toBeGreaterThan(15);
    const seen = await eachOf([...breaksOf(calls), ...special()], SAMPLE, live);
    const missed = [...seen].filter(([{ isCertain }, isMet]) => isCertain && !isMet);
    expect(missed.map(([{ what }]) => what)).toEqual([]);
  },
  LONG,
);

async function stopEarly({ what }: Pick<Break, "what">): Promise<void> {
  const { id } = await create(what);
  await ask("POST", `/api/workshops/${id}/start`);
  await until(`its machine: ${what}`, () => life.machinesOf(id).made > 0);
  await ask("POST", `/api/workshops/${id}/stop`);
  await until(`its end: ${what}`, async () => (await look(id)).status === "stopped");
  await expectClean(id, what);
}

test(
  "a class that is stopped while its machine boots, with each call broken once",
  async () => {
    const calls = await callsOf(() => stopEarly({ what: "unbroken" }));
    expect(calls.google.size).toBeGreaterThan(10);
    const seen = await eachOf(breaksOf(calls), SAMPLE, stopEarly);
    // How far the start came when the stop was asked for is never twice the same.
    expect([...seen.values()].filter((isMet) => isMet).length).toBeGreaterThan(seen.size / 2);
  },
  LONG,
);
