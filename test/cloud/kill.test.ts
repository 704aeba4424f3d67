/** kill -9 of the gateway at each call of a class's making, start and stop: the class ends where it should, once, and nothing is left. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { leftOf } from "../support/google-gateway.ts";
import { type GoogleLife, madeOf, type Point, startGoogleLife } from "../support/google-life.ts";
import { shuffled } from "../support/sample.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** Classes of a sample: each is killed once while it starts and once while it stops, in some 7 s. All of them take half an hour. */
const SAMPLE = process.env.TEST_FULL ? Number.POSITIVE_INFINITY : 4;
const MADE = process.env.TEST_FULL ? Number.POSITIVE_INFINITY : 2;
const LONG = 3 * 3_600_000;
const MOMENTS = ["cut", "lost", "answered"] as const;
/** A question that is asked again and again is killed the first and the second time; what can't be told apart, up to so many times. */
const TIMES = { google: 2, agent: 14, authority: 34 };

let life: GoogleLife;
let world: World;
let db: Database;
beforeAll(async () => {
  life = await startGoogleLife();
  world = await startWorld(life.env);
  db = new Database(join(world.data, "gateway.sqlite"), { readonly: true });
});
afterAll(async () => {
  db.close();
  await world.end();
  await life.end();
});

async function create(): Promise<string> {
  const json = { name: "Killed", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  return (await world.api("/api/workshops", { method: "POST", json })).body.workshopId;
}

/** As the database has it: the API would ask the machine, too. */
const LOOK = "select state, failure, receipt from workshops where id = ?";
const look = (id: string) => db.query<{ state: string; failure: string | null; receipt: string | null }, [string]>(LOOK).get(id);
function is(id: string, wanted: "running" | "stopped"): boolean {
  const { state, failure, receipt } = look(id) ?? {};
  if (failure) throw new Error(`${id} failed: ${failure}`);
  return state === wanted && (wanted === "running" || receipt !== null);
}

/** @returns whether the point was met on the way */
async function actKilled(id: string, act: "start" | "stop", point: Point | undefined): Promise<boolean> {
  const wanted = act === "start" ? "running" : "stopped";
  const ask = () => void world.api(`/api/workshops/${id}/${act}`, { method: "POST" }).catch(() => undefined);
  const strike = point && life.strike(point, () => world.kill());
  ask();
  await until(`${act} of ${id} at ${JSON.stringify(point)}`, () => strike?.isOver() || is(id, wanted));
  if (strike?.isOver()) {
    await world.restart();
    // Whoever got no answer asks again: it may never have arrived.
    ask();
  }
  await until(`${id} to be ${wanted} after ${JSON.stringify(point)}`, () => is(id, wanted));
  return strike?.isOver() ?? false;
}

/** Nothing is left in the cloud, and nothing was made twice. */
async function expectClean(id: string, points: object): Promise<void> {
  await until(`nothing to be left of ${id} after ${JSON.stringify(points)}`, () => leftOf(life.world).length === 0);
  await until("its machine to end", () => life.vms.size === 0);
  for (const [kind, names] of Object.entries(madeOf(life, id)))
    expect([points, kind, names.length]).toEqual([points, kind, new Set(names).size]);
  expect([points, madeOf(life, id).instance?.length]).toEqual([points, 1]);
}

const pointsOf = (counts: ReadonlyMap<string, number>): Point[] =>
  [...counts].flatMap(([call, count]) => {
    const most = TIMES[call.split(" ", 1)[0] as keyof typeof TIMES];
    const all = Array.from({ length: Math.min(count, most) }, (_, i) => i + 1);
    return all.flatMap((nth) => MOMENTS.map((moment) => ({ call, nth, moment })));
  });

test(
  "killed at a call of start, and at one of stop",
  async () => {
    const first = await create();
    const startCounts = life.listen();
    await actKilled(first, "start", undefined);
    const stopCounts = life.listen();
    await actKilled(first, "stop", undefined);
    await expectClean(first, {});
    const [starts, stops] = [shuffled(pointsOf(startCounts)), shuffled(pointsOf(stopCounts))];
    const [last] = stops;
    let met = 0;
    const lives = Math.min(SAMPLE, Math.max(starts.length, stops.length));
    for (let i = 0; i < lives; i++) {
      const points = { start: starts[i % starts.length], stop: stops[i % stops.length] ?? last };
      const id = await create();
      for (const act of ["start", "stop"] as const) if (await actKilled(id, act, points[act])) met += 1;
      await expectClean(id, points);
      if (process.env.TEST_FULL) console.log(`${i + 1} of ${lives}: ${JSON.stringify(points)}`);
    }
    console.log(`${starts.length} calls of start and ${stops.length} of stop; ${lives} classes, killed ${met} times`);
    // Not every life asks as often as the first.
    expect(met).toBeGreaterThan(lives);
  },
  LONG,
);

test(
  "killed at a call of its making: it is in the list, or there is nothing of it",
  async () => {
    const counts = life.listen();
    const first = await create();
    // Not those of the sweep that a start begins.
    const points = pointsOf(counts).filter(({ call }) => /WS-llm-key|POST .*secrets$/.test(call));
    await world.api(`/api/workshops/${first}/stop`, { method: "POST" });
    expect(points.length).toBeGreaterThan(5);
    // A secret that was made and not filled.
    const hard = points.filter(({ call, moment }) => call.endsWith(":addVersion") && moment === "cut");
    expect(hard).toHaveLength(1);
    for (const point of [...hard, ...shuffled(points)].slice(0, MADE)) {
      const strike = life.strike(point, () => world.kill());
      await create().catch(() => undefined);
      expect([point, strike.isOver()]).toEqual([point, true]);
      await world.restart();
      const { body } = await world.api("/api/workshops");
      const made = (body.workshops ?? body).filter(({ status }: { status: string }) => status !== "stopped");
      for (const { workshopId } of made) await world.api(`/api/workshops/${workshopId}/stop`, { method: "POST" });
      await until(`nothing to be left after ${JSON.stringify(point)}`, () => leftOf(life.world).length === 0);
    }
  },
  LONG,
);

test(
  "an insert that lands long after the stop was asked for and its gateway killed: the stop waits for it",
  async () => {
    // With one zone a call that makes a machine is over in half the time.
    const one = await startWorld({ ...life.env, CLARATEACH_GCE_ZONES: "europe-west4-a" });
    const json = { name: "Late", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
    const id: string = (await one.api("/api/workshops", { method: "POST", json })).body.workshopId;
    const call = `google POST /compute/v1/projects/${life.world.google.world.project}/zones/europe-west4-a/instances`;
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    life.strike({ call, nth: 1, moment: "late" }, async () => {
      held.resolve();
      await release.promise;
    });
    await one.api(`/api/workshops/${id}/start`, { method: "POST" });
    await held.promise;
    const stop = () => one.api(`/api/workshops/${id}/stop`, { method: "POST" });
    void stop().catch(() => undefined);
    await until("it to stop", async () => (await one.api(`/api/workshops/${id}`)).body.status === "stopping");
    await one.kill();
    await one.restart();
    const stopped = stop();
    const rows = new Database(join(one.data, "gateway.sqlite"), { readonly: true });
    const seen = rows.query<{ observed: string; lease: string }, [string]>(
      "select observed, lease_until as lease from resources join workshops on id = workshop where id = ? and kind = 'machine'",
    );
    // The plan is looked at again with each of these: it could have gone on long ago.
    const looks = new Set<string>();
    await until("some looks at a machine that isn't there", () => {
      const { observed, lease } = seen.get(id) ?? {};
      if (observed === "absent" && lease) looks.add(lease);
      return looks.size > 5;
    });
    expect(life.machinesOf(id).made).toBe(0);
    release.resolve();
    await until("the machine that nobody wants any more", () => life.machinesOf(id).made === 1);
    await stopped;
    await until("the end", async () => (await one.api(`/api/workshops/${id}`)).body.status === "stopped");
    expect(leftOf(life.world)).toEqual([]);
    expect(life.machinesOf(id).made).toBe(1);
    rows.close();
    await one.end();
  },
  LONG,
);
