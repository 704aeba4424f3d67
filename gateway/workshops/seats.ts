import { Problem } from "../../agent/contract/errors.ts";
import { allSeats } from "../../views/parts/amounts.ts";
import type { Db, LearnerTable, Tx } from "../db/schema.ts";
import { sayMoment } from "./moments.ts";
import { newOdehash } from "./names.ts";
import type { Workshop } from "./record.ts";
import { bump } from "./store.ts";
import { doorOf } from "./workshop.ts";

/** Who takes a seat. */
export interface Sitter {
  name: string;
  /** Comes back by it. */
  odehash: string | undefined;
  /** Digest of the browser's id. */
  browser: string | undefined;
  /** As limits count it. */
  address: string;
  /** Seats in which nobody can work just now: whoever has one gets back, nobody new gets one. */
  away?: ReadonlySet<number>;
}

/** A learner's laptop, phone, a neighbour's laptop, and a private window of each. More are a learner's who makes them up. */
const BROWSERS_PER_LEARNER = 8;

/**
 * Gives a seat, or the one that the learner has already. One transaction, begun with the workshop's row: ten at once get ten seats.
 * @returns undefined when nobody has this odehash  @throws Problem NOT_RUNNING, WORKSHOP_ENDED, NO_SEATS
 */
export function sit(db: Db, id: string, sitter: Sitter): Promise<LearnerTable | undefined> {
  return db.transaction().execute(async (tx) => {
    const workshop = await bump(tx, id);
    if (!workshop) return undefined;
    refuseClosed(workshop);
    const known = sitter.odehash ? await byOdehash(tx, id, sitter.odehash) : await byBrowser(tx, id, sitter.browser);
    if (sitter.odehash && !known) return undefined;
    const learner = known ? await entered(tx, known, sitter) : await sitDown(tx, workshop, sitter);
    if (sitter.browser) await remember(tx, id, sitter.browser, learner.id);
    return learner;
  });
}

/** Its learner is out; the seat is another generation, and offered once its machine reports that one ready. @throws Problem STATE_CONFLICT, NOT_FOUND */
export function free(db: Db, id: string, seat: number): Promise<void> {
  return db.transaction().execute(async (tx) => freeOne(tx, await running(tx, id), seat));
}

/** All seats that were taken from one address, in one transaction. None is fine. @throws Problem STATE_CONFLICT */
export function freeTakenFrom(db: Db, id: string, address: string): Promise<void> {
  return db.transaction().execute(async (tx) => {
    const workshop = await running(tx, id);
    const taken = await takenFrom(tx, id, address).select("seat").execute();
    for (const { seat } of taken) await freeOne(tx, workshop, seat);
  });
}

/** Whether a learner of the workshop sits at this address. */
export async function sitsAt(db: Db, id: string, address: string): Promise<boolean> {
  return (await takenFrom(db, id, address).select("id").executeTakeFirst()) !== undefined;
}

const takenFrom = (db: Db | Tx, id: string, address: string) =>
  db.selectFrom("learners").where("workshop", "=", id).where("address", "=", address).where("closed_at", "is", null);

async function running(tx: Tx, id: string): Promise<Workshop> {
  const workshop = await bump(tx, id);
  if (workshop?.state === "running") return workshop;
  throw new Problem("STATE_CONFLICT", `The workshop is ${workshop?.state}; seats are freed while it is running.`);
}

async function freeOne(tx: Tx, { id, ...workshop }: Workshop, seat: number): Promise<void> {
  const row = await tx.selectFrom("seats").selectAll().where("workshop", "=", id).where("seat", "=", seat).executeTakeFirst();
  if (!row) throw new Problem("NOT_FOUND", `There is no seat ${seat}; the workshop has seats 1 to ${workshop.seats}.`);
  const generation = row.generation + 1;
  await tx
    .updateTable("seats")
    .set({ generation, fresh_since: generation, ready: 0 })
    .where("workshop", "=", id)
    .where("seat", "=", seat)
    .execute();
  const over = { closed_at: new Date().toISOString(), why: "freed" as const, address: null };
  await tx
    .updateTable("learners")
    .set(over)
    .where("workshop", "=", id)
    .where("seat", "=", seat)
    .where("closed_at", "is", null)
    .execute();
  await tx
    .updateTable("workshops")
    .set({ document: workshop.document + 1 })
    .where("id", "=", id)
    .execute();
}

/** @throws Problem NOT_RUNNING, WORKSHOP_ENDED */
export function refuseClosed(workshop: Workshop): void {
  const door = doorOf(workshop.state);
  if (door === "over")
    throw new Problem(
      "WORKSHOP_ENDED",
      `“${workshop.name}” has ended. Its seats and files are gone, so nobody can join or come back.`,
    );
  if (door === "soon") throw new Problem("NOT_RUNNING", `“${workshop.name}” is not running yet. ${whenToCome(workshop)}`);
}

/** One that was missed waits for its instructor. */
function whenToCome({ starts_at, state }: Workshop): string {
  if (starts_at === null || (state !== "provisioning" && Date.parse(starts_at) <= Date.now()))
    return "Try again when your instructor has started it.";
  return `It begins on ${sayMoment(Date.parse(starts_at))}: try again then.`;
}

function byOdehash(tx: Tx, workshop: string, odehash: string): Promise<LearnerTable | undefined> {
  return tx
    .selectFrom("learners")
    .selectAll()
    .where("workshop", "=", workshop)
    .where("odehash", "=", odehash)
    .where("closed_at", "is", null)
    .executeTakeFirst();
}

/** @param browser digest of its id */
export async function byBrowser(db: Db | Tx, workshop: string, browser: string | undefined): Promise<LearnerTable | undefined> {
  if (!browser) return undefined;
  return db
    .selectFrom("browsers")
    .innerJoin("learners", "learners.id", "browsers.learner")
    .selectAll("learners")
    .where("browsers.workshop", "=", workshop)
    .where("browsers.digest", "=", browser)
    .where("learners.closed_at", "is", null)
    .executeTakeFirst();
}

async function entered(tx: Tx, known: LearnerTable, { name }: Sitter): Promise<LearnerTable> {
  const news = { entered_at: new Date().toISOString(), name: known.name || name };
  await tx.updateTable("learners").set(news).where("id", "=", known.id).execute();
  return { ...known, ...news };
}

async function sitDown(tx: Tx, workshop: Workshop, { name, address, away = new Set() }: Sitter): Promise<LearnerTable> {
  const free = await tx
    .selectFrom("seats")
    .leftJoin("learners", (join) =>
      join
        .onRef("learners.workshop", "=", "seats.workshop")
        .onRef("learners.seat", "=", "seats.seat")
        .on("learners.closed_at", "is", null),
    )
    .select(["seats.seat", "seats.generation"])
    .where("seats.workshop", "=", workshop.id)
    .where("seats.ready", "=", 1)
    .where("learners.id", "is", null)
    .orderBy("seats.seat")
    .execute();
  const offered = free.find(({ seat }) => !away.has(seat));
  if (!offered && (free.length > 0 || (await isBeingMade(tx, workshop.id))))
    throw new Problem(
      "NO_SEATS",
      `The seats of “${workshop.name}” that are ready are taken, and others are still being made. Try again in a few seconds.`,
      { retryAfterSeconds: RETRY_SECONDS },
    );
  if (!offered)
    throw new Problem(
      "NO_SEATS",
      `${allSeats(workshop.seats)} of “${workshop.name}” ${workshop.seats === 1 ? "is" : "are"} taken. Ask your instructor to free one, then press Join again.`,
    );
  const now = new Date().toISOString();
  const odehash = await unusedOdehash(tx, workshop.id);
  const opened = { joined_at: now, entered_at: now, address, closed_at: null, why: null };
  const learner: LearnerTable = { id: crypto.randomUUID(), workshop: workshop.id, ...offered, odehash, name, ...opened };
  await tx.insertInto("learners").values(learner).execute();
  return learner;
}

/** A seat that is wiped is back within seconds; one that heals is worth asking for again. */
const RETRY_SECONDS = 5;

/** A seat that nobody has will be offered later: it was freed, or could not be made at first. */
async function isBeingMade(tx: Tx, workshop: string): Promise<boolean> {
  const row = await tx
    .selectFrom("seats")
    .select("seat")
    .where("workshop", "=", workshop)
    .where("ready", "=", 0)
    .executeTakeFirst();
  return row !== undefined;
}

/** Never one that was anybody's in this workshop. */
async function unusedOdehash(tx: Tx, workshop: string): Promise<string> {
  for (;;) {
    const odehash = newOdehash();
    const taken = await tx
      .selectFrom("learners")
      .select("id")
      .where("workshop", "=", workshop)
      .where("odehash", "=", odehash)
      .executeTakeFirst();
    if (!taken) return odehash;
  }
}

/** The browser is the learner's; of too many the one that was away longest isn't any more. */
async function remember(tx: Tx, workshop: string, digest: string, learner: string): Promise<void> {
  const seen = { learner, seen_at: new Date().toISOString() };
  await tx
    .insertInto("browsers")
    .values({ workshop, digest, ...seen })
    .onConflict((c) => c.columns(["workshop", "digest"]).doUpdateSet(seen))
    .execute();
  const others = tx.selectFrom("browsers").select("digest").where("learner", "=", learner).where("digest", "!=", digest);
  const kept = others.orderBy("seen_at", "desc").limit(BROWSERS_PER_LEARNER - 1);
  await tx
    .deleteFrom("browsers")
    .where("learner", "=", learner)
    .where("digest", "!=", digest)
    .where("digest", "not in", kept)
    .execute();
}
