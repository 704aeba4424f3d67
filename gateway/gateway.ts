import { join } from "node:path";
import type { Logger } from "pino";
import type { Cloud } from "../provision/cloud.ts";
import { AgentClient } from "./agents/client.ts";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { openDb } from "./db/open.ts";
import type { Db } from "./db/schema.ts";
import { openMetrics } from "./metrics.ts";
import { FailureLimits } from "./people/limits.ts";
import { People } from "./people/people.ts";
import type { NetworkNeeds } from "./routes/pages/ask.ts";
import type { Services } from "./services.ts";
import { openKeys } from "./tokens/keys.ts";
import { Archives } from "./workshops/archives.ts";
import { Checks } from "./workshops/checks/service.ts";
import { Codes } from "./workshops/codes.ts";
import { Definitions } from "./workshops/definitions.ts";
import { Driver } from "./workshops/drive.ts";
import { Editing } from "./workshops/editing.ts";
import { Guesses } from "./workshops/guesses.ts";
import { Journal } from "./workshops/journal.ts";
import { Llm } from "./workshops/llm/service.ts";
import { Logs } from "./workshops/logs.ts";
import { Renewals } from "./workshops/renewals.ts";
import { Reports } from "./workshops/reports.ts";
import type { PublicNames } from "./workshops/resources/kind.ts";
import { startSchedule } from "./workshops/schedule.ts";
import { Seating } from "./workshops/seating.ts";
import { Starters } from "./workshops/starters.ts";
import { Store } from "./workshops/store.ts";
import { startSweep } from "./workshops/sweep.ts";
import { Watching } from "./workshops/watch.ts";
import { Workshops } from "./workshops/workshops.ts";

export interface Gateway {
  app: ReturnType<typeof createApp>;
  services: Services;
  db: Db;
  people: People;
  /** Takes up what an earlier gateway left unfinished. */
  begin(): Promise<void>;
  /** Starts nothing more and lets go of the database; machines go on. */
  end(): Promise<void>;
}

export type GatewaySettings = Omit<Config, "runtime" | "tools">;

/** What machines are called by everybody, if they are. */
export function publicNamesOf(
  { public: open, google }: Pick<Config, "public" | "google">,
  { names, certificates }: Pick<Cloud, "names" | "certificates">,
): PublicNames | undefined {
  const domain = open?.domain ?? google?.domain;
  return domain === undefined ? undefined : { domain, records: names !== undefined, certificates: certificates !== undefined };
}

/** What a class needs of learners' networks. */
function networkOf({ public: open, stun, media }: GatewaySettings, domain: string | undefined): NetworkNeeds {
  return {
    ownFront: open !== undefined,
    stun: stun ?? [],
    ...(media && { media }),
    ...(domain !== undefined && { machines: `*.${domain}` }),
  };
}

/** Wires the rooms to one another; no listener yet. */
export async function openGateway(config: GatewaySettings, cloud: Cloud, log: Logger): Promise<Gateway> {
  const db = await openDb(config.data);
  const keys = await openKeys(cloud.secrets, config.url);
  const store = new Store(db);
  const agents = new AgentClient((machine) => keys.machineToken(machine));
  const [reports, limits] = [new Reports(agents), new FailureLimits()];
  const guesses = new Guesses(limits);
  const [starters, archives] = [new Starters(join(config.data, "starters")), new Archives(join(config.data, "archives"))];
  const definitions = new Definitions(join(config.data, "definitions"));
  const logs = new Logs(join(config.data, "logs"), agents);
  const { url, public: open, google } = config;
  const publicNames = publicNamesOf(config, cloud);
  const authority = open?.authority ?? google?.domain;
  const namesBelow = google !== undefined || open?.dns !== undefined;
  const issuer = { url, keys: keys.public, ...(authority !== undefined && { authority, namesBelow }) };
  const calls = { cloud, agents, issuer, starters, definitions, archives };
  const driver = new Driver({ store, calls, journal: new Journal(store), logs, log });
  const watching = new Watching({ store, agents, reports });
  const llm = new Llm({ store, secrets: cloud.secrets, driver, reports, watching, upstream: config.upstream, log });
  const workshops = new Workshops({
    keyMade: (id, apiKey) => llm.tried(id, apiKey),
    ...{
      store,
      secrets: cloud.secrets,
      machines: cloud.machines,
      driver,
      reports,
      watching,
      starters,
      definitions,
      archives,
      logs,
      guesses,
      log,
      leadMs: cloud.patience.leadMs,
    },
    ...(publicNames && { publicNames }),
    ...(cloud.costs && { costs: cloud.costs }),
    ...(google && { machinesMost: google.machinesMost }),
  });
  const editing = new Editing({ ...{ store, agents, driver, reports, watching }, machines: cloud.machines, definitions });
  const people = new People(db, config, limits);
  const codes = new Codes(store, limits);
  const seating = new Seating({ store, keys, reports, codes, guesses });
  const checks = new Checks({ store, codes, limits, watching });
  const renewals = new Renewals({ store, agents, reports });
  const services: Services = { workshops, definitions: editing, llm, renewals, people, seating, checks };
  const network = networkOf(config, publicNames?.domain);
  const settings = { url, behindFront: open !== undefined || config.proxied === true, network };
  const app = createApp({ services, keys, metrics: openMetrics(db), settings, log });
  let endSweep = () => {};
  let endSchedule = () => {};
  return {
    app,
    services,
    db,
    people,
    begin: async () => {
      await driver.begin();
      endSchedule = startSchedule({
        ...{ store, driver, watching, log, leadMs: cloud.patience.leadMs, publicNames },
        machinesMost: google?.machinesMost,
      });
      endSweep = startSweep({ store, cloud, workshops, starters, definitions, log });
    },
    end: async () => {
      endSchedule();
      endSweep();
      watching.end();
      await driver.end();
      await db.destroy();
    },
  };
}
