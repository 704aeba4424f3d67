import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud/google-cloud.ts";
import { startNameServer } from "./google-cloud/name-server.ts";
import type { WorldSettings } from "./google-cloud/world.ts";
import { leftIn } from "./google-left.ts";
import { productSettings } from "./google-world.ts";
import { type LightMachine, startLightMachine } from "./light-machine.ts";
import { type LimitedAuthority, limitedAuthority } from "./limited-authority.ts";
import { startPebble } from "./pebble.ts";
import { until } from "./until.ts";
import { startWorld, type World } from "./world.ts";

/** Many classes of one gateway process, on machines that take as long as VMs and do nothing. */
export interface ManyClasses {
  world: World;
  google: GoogleCloud;
  /** The first authority, which refuses after so many orders. */
  first: LimitedAuthority;
  /** Of all machines that ever were. */
  machines: LightMachine[];
  /** @returns their ids */
  make(count: number, seats: number): Promise<string[]>;
  /** Side by side. @returns milliseconds until the last one runs @throws when one fails */
  start(ids: readonly string[]): Promise<number>;
  /** The same until the last one is stopped and nothing of it is left. */
  stop(ids: readonly string[]): Promise<number>;
  /** Of the gateway's process: CPU seconds so far and the most memory that it ever held, in MB. */
  cost(): { cpuSeconds: number; peakMb: number };
  left(): string[];
  end(): Promise<void>;
}

export interface ManyWish {
  /** From when an instance runs until its agent answers. */
  bootMs: number;
  /** Orders that the first authority takes. */
  orders: number;
  times?: WorldSettings["times"];
  perMinute?: WorldSettings["perMinute"];
}

/** Linux's unit of CPU time (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;
/** Calls of the test side by side: a script, not a stampede. */
const AT_ONCE = 20;

export async function startManyClasses({ bootMs, orders, times, perMinute }: ManyWish): Promise<ManyClasses> {
  const room = await mkdtemp(join(tmpdir(), "ct-many-"));
  const google = await startGoogleCloud({
    ...{ project: "p1-classes", zones: ["europe-west4-a"], managedZones: { ws: "ws.example.com." }, token: "emu" },
    ...(times && { times }),
    ...(perMinute && { perMinute }),
  });
  const nameServer = await startNameServer(() => google.world.dns.zones.get("ws"));
  const [behind, second] = [await startPebble(1, nameServer.address), await startPebble(1, nameServer.address)];
  const first = await limitedAuthority(behind, orders);
  const machines: LightMachine[] = [];
  const living = new Map<string, LightMachine>();
  google.world.compute.watchers.add(({ instance }, what) => {
    if (what === "running") setTimeout(() => boot(), bootMs);
    if (what === "gone") living.get(instance.name)?.stop();

    function boot(): void {
      if (![...google.world.compute.machines.values()].some((each) => each.instance === instance)) return;
      const light = startLightMachine(instance);
      machines.push(light);
      living.set(instance.name, light);
    }
  });
  const world = await startWorld({
    ...(await productSettings(google, room, [first, second])),
    // The benchmark has six hundred.
    CLARATEACH_GCE_MACHINES_MOST: "9999",
    // Bun's own: all fetches of the process together.
    BUN_CONFIG_MAX_HTTP_REQUESTS: "256",
  });
  const api = async (path: string, method = "GET", json?: object) =>
    (await world.api(path, { method, ...(json && { json }) })).body;

  const inState = async (state: string): Promise<number> =>
    Number(new RegExp(`clarateach_workshops\\{state="${state}"\\} (\\d+)`).exec(String(await api("/metrics")))?.[1] ?? 0);

  /** Until so many more are in this state: counted by one cheap call, since what looks must not be what takes long. @returns milliseconds */
  async function ended(more: number, state: string, act: () => Promise<unknown>): Promise<number> {
    const [from, before] = [performance.now(), await inState(state)];
    const all = act();
    await untilForLong(async () => {
      if ((await inState("failed")) > 0) {
        const { workshops } = await api("/api/workshops");
        throw new Error(workshops.find(({ failure }: { failure?: string }) => failure).failure);
      }
      return (await inState(state)) >= before + more;
    });
    await all;
    return performance.now() - from;
  }

  return {
    ...{ world, google, first, machines },
    make: (count, seats) =>
      inTurn(
        Array.from({ length: count }, (_, i) => i + 1),
        async (number) => {
          const wish = { name: `Class ${number}`, seats, apiKey: "sk-ant-test-0123456789-0123456789" };
          // The secret store's minute may be used up: a person presses again, too.
          return until("the workshop", async () => (await api("/api/workshops", "POST", wish)).workshopId as string | undefined);
        },
      ),
    start: (ids) => ended(ids.length, "running", () => inTurn(ids, (id) => api(`/api/workshops/${id}/start`, "POST"))),
    stop: (ids) =>
      ended(ids.length, "stopped", () =>
        inTurn(ids, (id) => api(`/api/workshops/${id}/stop`, "POST", { keepWork: false }), ids.length),
      ),
    cost: () => costOf(world.gateway().pid),
    left: () => leftIn(google),
    end: async () => {
      await world.end();
      for (const light of living.values()) light.stop();
      await first.end();
      await Promise.all([behind.end(), second.end(), nameServer.end(), google.end()]);
      await rm(room, { recursive: true });
    },
  };
}

async function inTurn<T, R>(all: readonly T[], act: (one: T) => Promise<R>, atOnce = AT_ONCE): Promise<R[]> {
  const waiting = all.map((one, i) => [one, i] as const);
  const results: R[] = [];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) results[one[1]] = await act(one[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return results;
}

/** Minutes pass by themselves here: each wait of two is followed by another. */
async function untilForLong(isDone: () => Promise<boolean>): Promise<void> {
  const LOOK_MS = 500;
  const LONGEST_MS = 15 * 60_000;
  const end = Date.now() + LONGEST_MS;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error(`waited ${LONGEST_MS / 1000} s for the classes`);
    await Bun.sleep(LOOK_MS);
  }
}

function costOf(pid: number): { cpuSeconds: number; peakMb: number } {
  const [user = 0, system = 0] =
    readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ").slice(11, 13).map(Number) ?? [];
  const peakKb = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  return { cpuSeconds: (user + system) / TICKS_PER_SECOND, peakMb: peakKb / 1024 };
}
