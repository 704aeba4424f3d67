import { Gauge, Registry } from "@prometheus-io/client";
import { sql } from "kysely";
import type { Db } from "./db/schema.ts";

export interface Metrics {
  contentType: string;
  text(): Promise<string>;
}

/** Counted when asked for: nothing here has a copy that could be wrong. */
export function openMetrics(db: Db): Metrics {
  const registry = new Registry();
  const workshops = new Gauge({
    name: "clarateach_workshops",
    help: "Workshops by state",
    labelNames: ["state"],
    registers: [registry],
  });
  const learners = new Gauge({ name: "clarateach_learners", help: "Learners with a seat now", registers: [registry] });
  const memory = new Gauge({ name: "process_resident_memory_bytes", help: "Resident memory", registers: [registry] });
  const count = sql<number>`cast(count(*) as integer)`.as("n");
  return {
    contentType: registry.contentType,
    text: async () => {
      workshops.reset();
      for (const { state, n } of await db.selectFrom("workshops").select(["state", count]).groupBy("state").execute())
        workshops.set({ state }, Number(n));
      learners.set(
        Number((await db.selectFrom("learners").select(count).where("closed_at", "is", null).executeTakeFirst())?.n ?? 0),
      );
      memory.set(process.memoryUsage.rss());
      return registry.metrics();
    },
  };
}
