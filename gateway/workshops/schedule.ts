import type { Logger } from "pino";
import type { Driver } from "./drive.ts";
import { failedWithoutRoom } from "./machines-most.ts";
import { startedInTime } from "./moves.ts";
import type { PublicNames } from "./resources/kind.ts";
import type { Store } from "./store.ts";
import { isDue } from "./times.ts";
import type { Watching } from "./watch.ts";

/** A class that begins at a time is told to the second, and its machines are made well before. */
const LOOK_MS = 1000;

export interface ScheduleTools {
  store: Store;
  driver: Driver;
  watching: Watching;
  log: Logger;
  /** So long before its time a class is started. */
  leadMs: number;
  /** Where machines have any. */
  publicNames?: PublicNames | undefined;
  /** Machines of all classes together. */
  machinesMost?: number | undefined;
}

/** Starts classes at their times; what was due while no gateway ran is started at once, unless its end has passed too. @returns ends it */
export function startSchedule(tools: ScheduleTools): () => void {
  let looking = false;
  const look = () => {
    if (looking) return;
    looking = true;
    void startDue(tools)
      .catch((error) => tools.log.error({ err: error }, "looking for classes that begin failed"))
      .finally(() => {
        looking = false;
      });
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

async function startDue({ store, driver, watching, log, leadMs, publicNames, machinesMost: most }: ScheduleTools): Promise<void> {
  for (const workshop of await store.scheduled()) {
    if (!isDue(workshop, leadMs, Date.now())) continue;
    const { id } = workshop;
    const now = new Date();
    const after = await store.change(id, (held, { elsewhere }) =>
      failedWithoutRoom(held, startedInTime(held, leadMs, now, publicNames), { elsewhere, most }, now),
    );
    const { failure } = after?.workshop ?? {};
    if (failure) log.warn({ workshop: id, startsAt: workshop.starts_at, failure }, "could not start at its time");
    else log.info({ workshop: id, startsAt: workshop.starts_at }, "started at its time");
    driver.wake(id);
    watching.hint(id);
  }
}
