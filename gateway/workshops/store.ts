import { sql } from "kysely";
import type { MachineReport } from "../../agent/contract/machine.ts";
import type { ArchiveView, EnvironmentView, StarterView } from "../../views/workshop.ts";
import type { Db, JournalTable, ResourceTable, Tx, WorkshopTable } from "../db/schema.ts";
import { type LlmRecord, NEW_LLM } from "./llm/wish.ts";
import { openMachines } from "./open-machines.ts";
import type { Held, Whole, Workshop } from "./record.ts";
import type { Resource } from "./resource.ts";
import { type MachineDetail, machinesOf } from "./resources/machine-row.ts";
import type { WorkshopState } from "./workshop.ts";

/** Workshops that a driver has something to do for. */
const UNFINISHED: WorkshopState[] = ["provisioning", "running", "stopping"];

/** What the database says of workshops. Each function is one whole transaction, and each write begins with the workshop's own row. */
export class Store {
  constructor(readonly db: Db) {}

  /** @param also within the same transaction @returns false when the id or the code is taken */
  async create({ workshop, rows }: Held, also: (tx: Tx) => Promise<void> = async () => {}): Promise<boolean> {
    return this.db.transaction().execute(async (tx) => {
      const made = await tx
        .insertInto("workshops")
        .values(workshopRow(workshop))
        .onConflict((c) => c.doNothing())
        .returning("id")
        .execute();
      if (made.length === 0) return false;
      const seats = Array.from({ length: workshop.seats }, (_, i) => i + 1);
      await tx
        .insertInto("seats")
        .values(seats.map((seat) => ({ workshop: workshop.id, seat, generation: 1, fresh_since: 1, ready: 0 })))
        .execute();
      await tx
        .insertInto("resources")
        .values(rows.map((row) => saved(workshop.id, row)))
        .execute();
      await also(tx);
      return true;
    });
  }

  /** A record that was lost. @returns false when the id or the code is taken */
  async restore({ workshop, rows, seats, learners }: Whole): Promise<boolean> {
    return this.create({ workshop, rows }, async (tx) => {
      for (const { generation, fresh_since, ready, seat } of seats)
        await tx
          .updateTable("seats")
          .set({ generation, fresh_since, ready })
          .where("workshop", "=", workshop.id)
          .where("seat", "=", seat)
          .execute();
      for (const learner of learners) await tx.insertInto("learners").values(learner).execute();
    });
  }

  /** A workshop whose key could not be sealed was never made. */
  async discard(id: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      for (const table of ["journal", "resources", "seats", "checks"] as const)
        await tx.deleteFrom(table).where("workshop", "=", id).execute();
      await tx.deleteFrom("workshops").where("id", "=", id).execute();
    });
  }

  async ids(owner: string): Promise<string[]> {
    const rows = await this.db
      .selectFrom("workshops")
      .select("id")
      .where("owner", "=", owner)
      .orderBy("created_at", "desc")
      .execute();
    return rows.map(({ id }) => id);
  }

  async isOwner(owner: string, id: string): Promise<boolean> {
    const row = await this.db
      .selectFrom("workshops")
      .select("id")
      .where("id", "=", id)
      .where("owner", "=", owner)
      .executeTakeFirst();
    return row !== undefined;
  }

  async revision(id: string): Promise<number | undefined> {
    return (await this.db.selectFrom("workshops").select("revision").where("id", "=", id).executeTakeFirst())?.revision;
  }

  async whole(id: string): Promise<Whole | undefined> {
    return this.db.transaction().execute(async (tx) => {
      const workshop = await tx.selectFrom("workshops").selectAll().where("id", "=", id).executeTakeFirst();
      if (!workshop) return undefined;
      return {
        workshop: workshopOf(workshop),
        rows: await resourcesOf(tx, id),
        seats: await tx.selectFrom("seats").selectAll().where("workshop", "=", id).orderBy("seat").execute(),
        learners: await tx.selectFrom("learners").selectAll().where("workshop", "=", id).orderBy("seat").execute(),
        journal: await tx.selectFrom("journal").selectAll().where("workshop", "=", id).execute(),
        checks: await tx.selectFrom("checks").selectAll().where("workshop", "=", id).orderBy("checked_at").execute(),
      };
    });
  }

  /** By the code as it is looked up. */
  async byCode(key: string): Promise<Workshop | undefined> {
    const row = await this.db.selectFrom("workshops").selectAll().where("code_key", "=", key).executeTakeFirst();
    return row && workshopOf(row);
  }

  /** What is known of machine `idx`. */
  async machine(workshop: string, idx: number): Promise<MachineDetail | undefined> {
    const row = await this.db
      .selectFrom("resources")
      .select("detail")
      .where("workshop", "=", workshop)
      .where("kind", "=", "machine")
      .where("idx", "=", idx)
      .executeTakeFirst();
    return row && (JSON.parse(row.detail) as MachineDetail);
  }

  async unfinished(): Promise<string[]> {
    const rows = await this.db
      .selectFrom("workshops")
      .select("id")
      .where((where) =>
        where.or([where("state", "in", UNFINISHED), where.and([where("state", "=", "stopped"), where("receipt", "is", null)])]),
      )
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Those that begin by themselves, at whatever time. */
  async scheduled(): Promise<Workshop[]> {
    const rows = await this.db
      .selectFrom("workshops")
      .selectAll()
      .where("starts_at", "is not", null)
      .where("state", "in", ["created", "failed"])
      .execute();
    return rows.map(workshopOf);
  }

  /**
   * Reads, changes by a pure function, writes. Undefined when there is no such workshop; what the function throws undoes all.
   * @param change is told how many ever joined, and how many machines other workshops want
   */
  async change(
    id: string,
    change: (held: Held, facts: { learners: number; elsewhere: number }) => Held,
    onlyAt?: number,
  ): Promise<Held | undefined> {
    return this.db.transaction().execute(async (tx) => {
      const workshop = await bump(tx, id);
      if (!workshop) return undefined;
      const rows = await resourcesOf(tx, id);
      const before = { workshop, rows };
      if (onlyAt !== undefined && workshop.revision !== onlyAt + 1) return before;
      const after = change(before, { learners: await countLearners(tx, id), elsewhere: await countMachinesElsewhere(tx, id) });
      if (after.workshop === workshop && after.rows === rows) return before;
      const { id: _, ...columns } = workshopRow({ ...after.workshop, revision: workshop.revision });
      await tx.updateTable("workshops").set(columns).where("id", "=", id).execute();
      for (const row of after.rows)
        await tx
          .insertInto("resources")
          .values(saved(id, row))
          .onConflict((c) => c.columns(["workshop", "kind", "idx"]).doUpdateSet(saved(id, row)))
          .execute();
      await followSeats(tx, workshop.state, after);
      return after;
    });
  }

  /** @returns false when the row was written by someone else since `expected`: what was learned of it is stale */
  async saveRow(id: string, row: Resource, expected: number): Promise<boolean> {
    return this.db.transaction().execute(async (tx) => {
      if (!(await bump(tx, id))) return false;
      const written = await tx
        .updateTable("resources")
        .set(saved(id, row))
        .where("workshop", "=", id)
        .where("kind", "=", row.kind)
        .where("idx", "=", row.idx)
        .where("version", "=", expected)
        .returning("idx")
        .execute();
      return written.length > 0;
    });
  }

  /** Seats that were freed, or could not be made at first, are offered once their machine reports them fresh and ready. */
  async offerSeats({ workshop: { id }, seats }: Whole, report: MachineReport): Promise<void> {
    const waiting = new Map(seats.filter(({ ready }) => ready === 0).map(({ seat, generation }) => [seat, generation]));
    const ready = report.seats.filter(({ seat, status, generation }) => status === "ready" && waiting.get(seat) === generation);
    if (ready.length === 0) return;
    await this.db.transaction().execute(async (tx) => {
      await bump(tx, id);
      for (const { seat, generation } of ready) {
        await tx
          .updateTable("seats")
          .set({ ready: 1 })
          .where("workshop", "=", id)
          .where("seat", "=", seat)
          .where("generation", "=", generation)
          .execute();
      }
    });
  }

  /** What happens, for people. The same step again takes its place. */
  async note(entry: JournalTable): Promise<void> {
    const { workshop, act, key, started_at: _, ...news } = entry;
    await this.db.transaction().execute(async (tx) => {
      await bump(tx, workshop);
      await tx
        .insertInto("journal")
        .values(entry)
        .onConflict((c) => c.columns(["workshop", "act", "key"]).doUpdateSet(news))
        .execute();
    });
  }

  /** How long this step of a start took, in milliseconds, the last times that it was done. */
  async took(key: string, times: number): Promise<number[]> {
    const rows = await this.db
      .selectFrom("journal")
      .select(["started_at", "ended_at"])
      .where("key", "=", key)
      .where("state", "=", "done")
      .where("ended_at", "is not", null)
      .orderBy("ended_at", "desc")
      .limit(times)
      .execute();
    return rows.flatMap(({ started_at, ended_at }) => (ended_at ? Date.parse(ended_at) - Date.parse(started_at) : []));
  }

  /** One driver a workshop saves work; two would be right as well. @returns whether it is ours until `until` */
  async lease(id: string, holder: string, now: string, until: string): Promise<boolean> {
    const taken = await this.db
      .updateTable("workshops")
      .set({ lease_holder: holder, lease_until: until })
      .where("id", "=", id)
      .where((where) =>
        where.or([where("lease_holder", "is", null), where("lease_holder", "=", holder), where("lease_until", "<", now)]),
      )
      .returning("id")
      .execute();
    return taken.length > 0;
  }

  /** @param holder whose; everybody's when left out */
  async endLeases(holder?: string): Promise<void> {
    const update = this.db
      .updateTable("workshops")
      .set({ lease_holder: null, lease_until: null })
      .where("lease_holder", "is not", null);
    await (holder === undefined ? update : update.where("lease_holder", "=", holder)).execute();
  }

  /** Digests of the archives of definitions of workshops that may still start. */
  async definitionsUsed(): Promise<string[]> {
    const rows = await this.db
      .selectFrom("workshops")
      .select("environment")
      .where("environment", "is not", null)
      .where("state", "!=", "stopped")
      .execute();
    return rows.flatMap(({ environment }) => parsed<EnvironmentView>(environment)?.archive?.digest ?? []);
  }

  /** Digests of the starter files of workshops that may still start or be asked for them. */
  async startersUsed(): Promise<string[]> {
    const rows = await this.db
      .selectFrom("workshops")
      .select("starter")
      .where("starter", "is not", null)
      .where("state", "!=", "stopped")
      .execute();
    return rows.flatMap(({ starter }) => (starter ? [(JSON.parse(starter) as StarterView).digest] : []));
  }

  /** Every archive that is kept. */
  async archivesKept(): Promise<{ id: string; archive: ArchiveView }[]> {
    const rows = await this.db.selectFrom("workshops").select(["id", "archive"]).where("archive", "is not", null).execute();
    return rows.flatMap(({ id, archive }) => (archive ? [{ id, archive: JSON.parse(archive) as ArchiveView }] : []));
  }
}

/** Lock, version and change signal in one: the first statement of every write. */
export async function bump(tx: Tx, id: string): Promise<Workshop | undefined> {
  const row = await tx
    .updateTable("workshops")
    .set({ revision: sql<number>`revision + 1` })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
  return row && workshopOf(row);
}

const workshopOf = (row: WorkshopTable): Workshop => ({
  ...row,
  archive: parsed(row.archive),
  environment: parsed(row.environment),
  starter: parsed(row.starter),
  receipt: parsed(row.receipt),
  llm: { ...NEW_LLM, ...parsed<Partial<LlmRecord>>(row.llm) },
});

const workshopRow = (workshop: Workshop): WorkshopTable => ({
  ...workshop,
  archive: text(workshop.archive),
  environment: text(workshop.environment),
  starter: text(workshop.starter),
  receipt: text(workshop.receipt),
  llm: text(workshop.llm),
});

const parsed = <T>(json: string | null): T | null => (json === null ? null : (JSON.parse(json) as T));
const text = (value: object | null): string | null => value && JSON.stringify(value);

async function resourcesOf(tx: Tx, id: string): Promise<Resource[]> {
  const rows = await tx.selectFrom("resources").selectAll().where("workshop", "=", id).orderBy("kind").orderBy("idx").execute();
  return rows.map(({ workshop: _, detail, ...row }) => ({
    ...row,
    detail: JSON.parse(detail) as Resource["detail"],
  }));
}

const saved = (workshop: string, { detail, ...row }: Resource): ResourceTable => ({
  workshop,
  ...row,
  detail: JSON.stringify(detail),
});

async function countLearners(tx: Tx, id: string): Promise<number> {
  const row = await tx
    .selectFrom("learners")
    .select(sql<number>`cast(count(*) as integer)`.as("n"))
    .where("workshop", "=", id)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

async function countMachinesElsewhere(tx: Tx, id: string): Promise<number> {
  const row = await tx
    .selectFrom("resources")
    .select(sql<number>`cast(count(*) as integer)`.as("n"))
    .where("kind", "=", "machine")
    .where("wanted", "=", "present")
    .where("workshop", "!=", id)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

/** Seats that are ready may be offered while the workshop runs; at its end every learner's session expires, and what networks let through is forgotten. */
async function followSeats(
  tx: Tx,
  before: WorkshopState,
  { workshop: { id, state, stop_at, document }, rows }: Held,
): Promise<void> {
  if (before === state) return;
  if (state === "provisioning") await tx.updateTable("seats").set({ ready: 0 }).where("workshop", "=", id).execute();
  if (state === "running") {
    const open = openMachines({ rows, document });
    const seats = machinesOf(rows).flatMap(({ idx, detail }) => (open.has(idx) ? (detail.report?.seats ?? []) : []));
    const ready = seats.filter(({ status }) => status === "ready").map(({ seat }) => seat);
    await tx.updateTable("seats").set({ ready: 1 }).where("workshop", "=", id).where("seat", "in", ready).execute();
  }
  if (state === "stopping" || state === "stopped") {
    await tx.deleteFrom("checks").where("workshop", "=", id).execute();
    await tx
      .updateTable("learners")
      .set({ closed_at: stop_at, why: "ended", address: null })
      .where("workshop", "=", id)
      .where("closed_at", "is", null)
      .execute();
  }
}
