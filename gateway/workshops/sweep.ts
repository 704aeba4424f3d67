import type { Logger } from "pino";
import type { Cloud } from "../../provision/cloud.ts";
import type { Definitions } from "./definitions.ts";
import type { Starters } from "./starters.ts";
import type { Store } from "./store.ts";
import { sweepCloud } from "./sweep-cloud.ts";
import type { Workshops } from "./workshops.ts";

/** Archives are promised to the minute, but nobody is hurt by an hour. */
const SWEEP_MS = 3_600_000;

export interface SweepTools {
  store: Store;
  cloud: Pick<Cloud, "machines" | "names" | "secrets">;
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
  await sweepCloud(tools, now.getTime());
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
