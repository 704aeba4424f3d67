import type { Logger } from "pino";
import type { Cloud } from "../../provision/cloud.ts";
import type { Whole } from "./record.ts";
import type { Store } from "./store.ts";
import { secretName, workshopOfHost } from "./workshop.ts";

/** A question to the cloud and a removal. */
const CALL_MS = 60_000;

export interface CloudSweepTools {
  store: Pick<Store, "whole">;
  cloud: Pick<Cloud, "machines" | "names" | "secrets">;
  log: Logger;
}

/** One thing in the cloud, and how it is taken away. */
interface Thing {
  kind: "machine" | "disk" | "name" | "secret";
  name: string;
  workshop: string;
  /** Milliseconds since 1970: nobody may want it longer than this, whoever made it. */
  endsBy?: number | undefined;
  remove(signal: AbortSignal): Promise<unknown>;
}

/**
 * The second net: what belongs to a workshop that is over, made by a call that outlived everybody's patience. What this database doesn't
 * know may belong to another gateway: it is named in the log, and left alone until its own end has passed.
 */
export async function sweepCloud({ store, cloud, log }: CloudSweepTools, now = Date.now()): Promise<void> {
  const lists = [machines(cloud), names(cloud), secrets(cloud)].map((list) =>
    list.catch((error: unknown) => {
      log.error({ err: error }, "the cloud could not be listed");
      return [];
    }),
  );
  for (const { kind, name, workshop, endsBy, remove } of (await Promise.all(lists)).flat()) {
    const whole = await store.whole(workshop);
    const isOver = whole ? isUnwanted(kind, whole) : endsBy !== undefined && endsBy < now;
    if (!whole) log.warn({ kind, name, workshop }, "it is of a workshop that isn't in this database");
    if (!isOver) continue;
    log.warn({ kind, name, workshop }, "nobody wants it: removed");
    await remove(AbortSignal.timeout(CALL_MS)).catch((error) =>
      log.error({ err: error, kind, name }, "it could not be removed; it is tried again at the next sweep"),
    );
  }
}

/** A workshop that never started, or whose start failed, has its key and nothing else. */
function isUnwanted(kind: Thing["kind"], { workshop: { state, receipt } }: Whole): boolean {
  if (kind === "secret") return state === "stopped" && receipt !== null;
  return ["created", "failed", "stopped"].includes(state);
}

async function machines({ machines }: CloudSweepTools["cloud"]): Promise<Thing[]> {
  return (await machines.list({ signal: AbortSignal.timeout(CALL_MS) })).map(({ name, workshop, endsBy, onlyDisk }) => ({
    ...{ kind: onlyDisk ? "disk" : "machine", name, workshop, endsBy },
    remove: (signal) => machines.remove(name, { signal }),
  }));
}

async function names({ names }: CloudSweepTools["cloud"]): Promise<Thing[]> {
  const found = (await names?.list({ signal: AbortSignal.timeout(CALL_MS) })) ?? [];
  return found.map(({ host, endsBy }) => ({
    ...{ kind: "name", name: host, workshop: workshopOfHost(host), endsBy },
    remove: async (signal) => names?.remove(host, { signal }),
  }));
}

/** Of workshops: the gateway's own keys have no end. */
async function secrets({ secrets }: CloudSweepTools["cloud"]): Promise<Thing[]> {
  const found = (await secrets.list?.({ signal: AbortSignal.timeout(CALL_MS) })) ?? [];
  return found.flatMap(({ name, workshop }) =>
    workshop !== undefined && name === secretName(workshop)
      ? [{ kind: "secret" as const, name, workshop, remove: (signal: AbortSignal) => secrets.remove(name, { signal }) }]
      : [],
  );
}
