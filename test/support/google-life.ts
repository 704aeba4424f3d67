import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthoritySettings } from "../../provision/certificates/account.ts";
import { ZONES } from "../provision/gce/settings.ts";
import { type GoogleWorld, startGoogleWorld } from "../provision/gce/world.ts";
import { writeCredentials } from "./google-cloud/credentials.ts";
import { startNameServer } from "./google-cloud/name-server.ts";
import type { Entry } from "./google-cloud/record.ts";
import type { WorldSettings } from "./google-cloud/world.ts";
import { googleSettings } from "./google-settings.ts";
import { bootVm, type GoogleVm } from "./google-vm.ts";
import { type Moment, startRelay } from "./interruptions.ts";
import { type Pebble, startPebble } from "./pebble.ts";

/** One call of a gateway: of how it is named (`google POST …`, `agent`, `authority`), the how manyeth since `strike` or `listen`. */
export interface Point {
  call: string;
  nth: number;
  moment: Moment;
}

/** Google's emulator, an authority, and VMs that boot by themselves; every call to any of them passes a relay that can break it. */
export interface GoogleLife {
  world: GoogleWorld;
  room: string;
  pebble: Pebble;
  /** Of the relays: what a gateway is to be told. */
  apiPort: number;
  authority: AuthoritySettings;
  /** For a gateway in a process of its own. */
  env: Record<string, string>;
  vms: Map<string, GoogleVm>;
  /** Counts calls from now on, and strikes at none any more. @returns how often each was made so far */
  listen(): Map<string, number>;
  /** Machines that were made of one class, and how many of them there were at once. */
  machinesOf(id: string): { made: number; atOnce: number };
  /** Once, from now on. @param act done when that call is at that point; the call goes on, or breaks, after it */
  strike(point: Point, act: () => Promise<unknown>): { isOver(): boolean };
  end(): Promise<void>;
}

/** As Google lets one be called; the settings are checked. */
const PROJECT = "p1-classes";

/** What differs from class to class. */
const named = (call: string): string =>
  call
    .replace(/\?.*?(?=(type=[A-Z]+|$))/, " ")
    .replace(/&.*$/, "")
    .replaceAll(/ws-[a-z0-9]{6}/g, "WS")
    .replaceAll(/operation-[0-9a-z-]+/g, "OPERATION")
    .replaceAll(/changes\/\d+/g, "changes/N")
    .replaceAll(/versions\/\d+/g, "versions/N")
    .trim();

export async function startGoogleLife(settings: WorldSettings = {}): Promise<GoogleLife> {
  const room = mkdtempSync(join(tmpdir(), "ct-google-life-"));
  const world = await startGoogleWorld({ project: PROJECT, perMinute: { compute: 1e6, dns: 1e6, secrets: 1e6 }, ...settings });
  const nameServer = await startNameServer(() => world.google.world.dns.zones.get("ws"));
  const pebble = await startPebble(1, nameServer.address);

  let counts = new Map<string, number>();
  let waiting: { point: Point; act: () => Promise<unknown> } | undefined;
  let struck: () => Promise<unknown> = async () => {};
  const breaksOf = (who: string) => ({
    judge: (line: string): Moment | undefined => {
      const call = named(`${who} ${line}`);
      const nth = (counts.get(call) ?? 0) + 1;
      counts.set(call, nth);
      if (waiting?.point.call !== call || waiting.point.nth !== nth) return undefined;
      const { point, act } = waiting;
      waiting = undefined;
      struck = act;
      return point.moment;
    },
    struck: () => struck(),
  });

  const api = startRelay({ to: world.google.port, ...breaksOf("google") });
  const acme = startRelay({ to: Number(new URL(pebble.directory).port), ...breaksOf("authority") });
  const authority = { ...pebble.authority, directory: `https://localhost:${acme.port}/dir` };
  const vms = new Map<string, GoogleVm>();
  const booting = new Map<string, Promise<void>>();
  world.google.world.compute.watchers.add(({ instance }, what) => {
    const { name } = instance;
    const before = booting.get(name) ?? Promise.resolve();
    const boot = async () => void vms.set(name, await bootVm(instance, breaksOf("agent")));
    if (what === "running") booting.set(name, before.then(boot));
    if (what === "gone")
      booting.set(
        name,
        before.then(async () => {
          await vms.get(name)?.end();
          vms.delete(name);
        }),
      );
  });
  return {
    ...{ world, room, pebble, apiPort: api.port, authority, vms },
    env: {
      ...googleSettings(api.port, PROJECT, ZONES),
      CLARATEACH_GCE_INSTALLATION: "test",
      CLARATEACH_ACME: authority.directory,
      NODE_EXTRA_CA_CERTS: pebble.caPath,
      GOOGLE_APPLICATION_CREDENTIALS: await writeCredentials(room, world.google.port),
    },
    machinesOf: (id) => {
      const own = world.google.world.history.entries.filter(({ kind, name }) => kind === "instance" && name.includes(id));
      const alive = (at: string) => own.filter(({ made, gone }) => made <= at && (gone === undefined || gone > at)).length;
      return { made: own.length, atOnce: Math.max(0, ...own.map(({ made }) => alive(made))) };
    },
    listen: () => {
      counts = new Map();
      waiting = undefined;
      return counts;
    },
    strike: (point, act) => {
      counts = new Map();
      let isOver = false;
      waiting = {
        point,
        act: async () => {
          isOver = true;
          await act();
        },
      };
      return { isOver: () => isOver };
    },
    end: async () => {
      await Promise.all(booting.values());
      await Promise.all([...vms.values()].map((vm) => vm.end()));
      api.end();
      acme.end();
      await pebble.end();
      await Promise.all([nameServer.end(), world.end()]);
      rmSync(room, { recursive: true });
    },
  };
}

/** What was made of one class, and how often: `instance` → 1. Proofs for authorities come and go with each order. */
export function madeOf({ world }: Pick<GoogleLife, "world">, id: string): Record<string, string[]> {
  const own = world.google.world.history.entries.filter(({ name }) => name.includes(id) && !name.includes("_acme-challenge"));
  const names = (kind: Entry["kind"]) => own.filter((entry) => entry.kind === kind).map(({ name }) => name);
  return {
    instance: names("instance"),
    disk: names("disk"),
    recordSet: names("recordSet"),
    secret: names("secret"),
    secretVersion: names("secretVersion"),
  };
}

/** Whether seat 1 takes a learner's token, as her browser asks: by https at the machine's own door. */
export async function isIn({ vms, pebble }: Pick<GoogleLife, "vms" | "pebble">, id: string, token: string): Promise<boolean> {
  const host = `${id}.ws.example.com`;
  const port = vms.get(`clarateach-${id}`)?.httpsPort;
  const answer = await fetch(`https://127.0.0.1:${port}/vm/01/session`, {
    headers: { host, authorization: `Bearer ${token}` },
    tls: { ca: pebble.root, serverName: host, checkServerIdentity: () => undefined },
    keepalive: false,
  } as RequestInit).catch(() => undefined);
  return answer?.status === 200;
}
