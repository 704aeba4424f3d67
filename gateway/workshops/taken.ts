import { machinesOf } from "./resources/machine-row.ts";
import type { Store } from "./store.ts";

/** A machine takes a document in some milliseconds; one that doesn't answer is told when it does. */
const TAKEN_MS = 1000;
const LOOK_MS = 20;

/** Waits until the machines of a class that runs have taken a document, so that what is answered is in force; not for long. */
export async function taken(store: Store, id: string, document: number): Promise<void> {
  const end = Date.now() + TAKEN_MS;
  while (Date.now() < end) {
    const whole = await store.whole(id);
    if (whole?.workshop.state !== "running") return;
    const running = machinesOf(whole.rows).filter(({ observed }) => observed === "running");
    if (running.every(({ detail }) => (detail.acknowledged ?? 0) >= document)) return;
    await Bun.sleep(LOOK_MS);
  }
}
