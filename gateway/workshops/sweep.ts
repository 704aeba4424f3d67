import type { Logger } from "pino";
import type { Machines } from "../../provision/cloud.ts";
import type { Definitions } from "./definitions.ts";
import type { Starters } from "./starters.ts";
import type { Store } from "./store.ts";
import type { Workshops } from "./workshops.ts";

/** Archives are promised to the minute, but nobody is hurt by an hour. */
const SWEEP_MS = 3_600_000;
/** A question to the cloud and a removal. */
const CALL_MS = 60_000;

export interface SweepTools {
  store: Store;
  machines: Machines;
  workshops: Workshops;
  starters: Starters;
  definitions: Definitions;
  log: Logger;
}

/** Clears away what time or a crash left behind. @returns ends it */
export function startSweep(tools: SweepTools): () => void {
  const sweep = () => void sweepOnce(tools).catch((error) => tools.log.error({ err: error }, "the sweep failed"));
  sweep();
  const timer = setInterval(sweep, SWEEP_MS);
  return () => clearInterval(timer);
}

export async function sweepOnce(tools: SweepTools, now = new Date()): Promise<void> {
  await sweepArchives(tools, now);
  await sweepUploads(tools, now);
  await sweepMachines(tools);
}

async function sweepArchives({ store, workshops, log }: SweepTools, now: Date): Promise<void> {
  for (const { id, archive } of await store.archivesKept()) {
    if (archive.keptUntil > now.toISOString()) continue;
    await workshops.dropArchive(id);
    log.info({ workshop: id }, "an archive reached its end");
  }
}

/** Files that no workshop which may still start has a use for, once an upload of them can't be under way any more. */
async function sweepUploads({ store, starters, definitions }: SweepTools, now: Date): Promise<void> {
  const before = now.getTime() - SWEEP_MS;
  await starters.removeOthers(new Set(await store.startersUsed()), before);
  await definitions.removeOthers(new Set(await store.definitionsUsed()), before);
}

/**
 * The second net: a machine of a workshop that is over, made by a call that outlived everybody's patience. One that this database
 * doesn't know may belong to another gateway: it is named in the log and left alone.
 */
async function sweepMachines({ store, machines, log }: SweepTools): Promise<void> {
  for (const { name, workshop } of await machines.list({ signal: AbortSignal.timeout(CALL_MS) })) {
    const whole = await store.whole(workshop);
    if (!whole) log.warn({ machine: name, workshop }, "a machine of a workshop that isn't in this database");
    if (!whole || !["created", "failed", "stopped"].includes(whole.workshop.state)) continue;
    log.warn({ machine: name, workshop }, "a machine that nobody wants: removed");
    await machines.remove(name, { signal: AbortSignal.timeout(CALL_MS) });
  }
}
