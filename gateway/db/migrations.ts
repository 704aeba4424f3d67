import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Append only: what has run on someone's database is never edited. */
export const MIGRATIONS: Record<string, Migration> = {
  "001-workshops": { up: createWorkshops },
  "002-addresses": { up: addAddresses },
  "003-llm": { up: addLlm },
  "004-environment": { up: addEnvironment },
  "005-times": { up: addTimes },
  "006-definition-written": { up: addDefinitionWritten },
  "007-checks": { up: createChecks },
  "008-check-addresses": { up: addCheckAddresses },
};

async function addCheckAddresses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("checks")
    .addColumn("address", "text", (c) => c.notNull().defaultTo(""))
    .execute();
}

async function createChecks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("checks")
    .addColumn("workshop", "text", (c) => c.notNull().references("workshops.id"))
    .addColumn("browser", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("findings", "text", (c) => c.notNull())
    .addColumn("checked_at", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("checks_key", ["workshop", "browser"])
    .execute();
}

async function addDefinitionWritten(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("workshops").addColumn("definition_written", "text").execute();
}

async function addTimes(db: Kysely<unknown>): Promise<void> {
  for (const column of ["starts_at", "planned_end", "latest_end"])
    await db.schema.alterTable("workshops").addColumn(column, "text").execute();
}

async function addEnvironment(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("workshops").addColumn("environment", "text").execute();
}

async function addAddresses(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("learners").addColumn("address", "text").execute();
  await db.schema
    .alterTable("browsers")
    .addColumn("seen_at", "text", (c) => c.notNull().defaultTo(""))
    .execute();
}

async function addLlm(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("workshops").addColumn("llm", "text").execute();
}

async function createWorkshops(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("workshops")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("owner", "text", (c) => c.notNull())
    .addColumn("code", "text", (c) => c.notNull())
    .addColumn("code_key", "text", (c) => c.notNull().unique())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("seats", "integer", (c) => c.notNull())
    .addColumn("hours", "integer", (c) => c.notNull())
    .addColumn("definition", "text")
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("revision", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("document", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("attempt", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("failure", "text")
    .addColumn("work", "text", (c) => c.notNull().defaultTo("none"))
    .addColumn("work_problem", "text")
    .addColumn("archive", "text")
    .addColumn("starter", "text")
    .addColumn("receipt", "text")
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("started_at", "text")
    .addColumn("ready_at", "text")
    .addColumn("ends_at", "text")
    .addColumn("stop_at", "text")
    .addColumn("stopped_at", "text")
    .addColumn("lease_holder", "text")
    .addColumn("lease_until", "text")
    .execute();
  await db.schema.createIndex("workshops_owner").on("workshops").columns(["owner", "created_at"]).execute();
  await db.schema.createIndex("workshops_state").on("workshops").column("state").execute();
  await createSeats(db);
  await createResources(db);
  await createPeople(db);
}

async function createSeats(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("seats")
    .addColumn("workshop", "text", (c) => c.notNull().references("workshops.id"))
    .addColumn("seat", "integer", (c) => c.notNull())
    .addColumn("generation", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("fresh_since", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("ready", "integer", (c) => c.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("seats_key", ["workshop", "seat"])
    .execute();
  await db.schema
    .createTable("learners")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("workshop", "text", (c) => c.notNull().references("workshops.id"))
    .addColumn("seat", "integer", (c) => c.notNull())
    .addColumn("generation", "integer", (c) => c.notNull())
    .addColumn("odehash", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("joined_at", "text", (c) => c.notNull())
    .addColumn("entered_at", "text", (c) => c.notNull())
    .addColumn("closed_at", "text")
    .addColumn("why", "text")
    // Reconnect codes are never used again within a workshop, and one generation of a seat is one learner's.
    .addUniqueConstraint("learners_odehash", ["workshop", "odehash"])
    .addUniqueConstraint("learners_seat", ["workshop", "seat", "generation"])
    .execute();
  await db.schema
    .createTable("browsers")
    .addColumn("workshop", "text", (c) => c.notNull().references("workshops.id"))
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("learner", "text", (c) => c.notNull().references("learners.id"))
    .addPrimaryKeyConstraint("browsers_key", ["workshop", "digest"])
    .execute();
  await db.schema.createIndex("browsers_digest").on("browsers").column("digest").execute();
}

async function createResources(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("resources")
    .addColumn("workshop", "text", (c) => c.notNull().references("workshops.id"))
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("idx", "integer", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("attempt", "integer", (c) => c.notNull())
    .addColumn("wanted", "text", (c) => c.notNull())
    .addColumn("observed", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("detail", "text", (c) => c.notNull().defaultTo("{}"))
    .addPrimaryKeyConstraint("resources_key", ["workshop", "kind", "idx"])
    .execute();
  await db.schema
    .createTable("journal")
    .addColumn("workshop", "text", (c) => c.notNull().references("workshops.id"))
    .addColumn("act", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("summary", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("note", "text")
    .addColumn("started_at", "text", (c) => c.notNull())
    .addColumn("ended_at", "text")
    .addPrimaryKeyConstraint("journal_key", ["workshop", "act", "key"])
    .execute();
}

async function createPeople(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("instructors")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("created_at", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("sessions")
    .addColumn("digest", "text", (c) => c.primaryKey())
    .addColumn("instructor", "text", (c) => c.notNull().references("instructors.id"))
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("expires_at", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("sign_in_links")
    .addColumn("digest", "text", (c) => c.primaryKey())
    .addColumn("instructor", "text", (c) => c.notNull().references("instructors.id"))
    .addColumn("expires_at", "text", (c) => c.notNull())
    .addColumn("used", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
}
