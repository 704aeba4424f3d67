import { sql } from "kysely";
import { Problem } from "../../../agent/contract/errors.ts";
import { SEATS_LIMIT } from "../../../agent/contract/seats.ts";
import type { Findings } from "../../../views/client/check/findings.ts";
import type { Tx } from "../../db/schema.ts";
import { digestOf } from "../../people/digest.ts";
import type { FailureLimits } from "../../people/limits.ts";
import type { Caller, CheckedClass, CheckService } from "../../services.ts";
import { type Codes, unlessLimited } from "../codes.ts";
import { requireOwned } from "../owned.ts";
import { bump, type Store } from "../store.ts";
import type { Watching } from "../watch.ts";
import { doorOf } from "../workshop.ts";
import { checkedFindings } from "./input.ts";
import { Lines } from "./lines.ts";

/** Browsers whose results are kept of one workshop: three of each seat of the largest. */
const KEPT_MOST = 300;
/** And of one address: the largest class behind it, a browser each. One computer doesn't fill an instructor's page. */
const KEPT_PER_ADDRESS = SEATS_LIMIT;
/** Of one browser within a minute: a check sends three. */
const BROWSER_SENDS = 20;
/** Of one address within a minute: sixty learners behind it. */
const ADDRESS_SENDS = 240;
/** To one workshop within a minute, from wherever: its page is rendered anew at each. */
const WORKSHOP_SENDS = 600;

export interface CheckTools {
  store: Store;
  codes: Codes;
  limits: FailureLimits;
  watching: Watching;
}

/** What learners' browsers find of their networks before the class. */
export class Checks implements CheckService {
  readonly #lines: Lines;

  constructor(private readonly tools: CheckTools) {
    this.#lines = new Lines(tools.limits);
  }

  async find(code: string, caller: Caller): Promise<CheckedClass | undefined> {
    const found = await this.tools.codes.find(code, caller).catch(unlessLimited);
    return found && { name: found.name, code: found.code, over: doorOf(found.state) === "over" };
  }

  async note(code: string, body: unknown, caller: Caller): Promise<void> {
    const { browser } = caller;
    if (browser === undefined)
      throw new Problem("INVALID_INPUT", "This browser keeps no cookies, so what it found can’t be told from another’s.");
    const { limits, codes, watching } = this.tools;
    const says = "Too many results at once.";
    limits.begin([
      { kind: "check by browser", key: browser, most: BROWSER_SENDS, says },
      { kind: "check by address", key: caller.address, most: ADDRESS_SENDS, says },
    ]);
    const { id, code: shown } = await codes.find(code, caller);
    limits.begin([{ kind: "check by workshop", key: id, most: WORKSHOP_SENDS, says }]);
    const { name, findings } = checkedFindings(body);
    const of = { browser: digestOf(browser), address: digestOf(`${id} ${caller.address}`) };
    await this.#save(id, shown, of, name, findings);
    watching.hint(id);
  }

  async forget(owner: string, id: string): Promise<void> {
    const { store, watching } = this.tools;
    await requireOwned(store, owner, id);
    await store.db.transaction().execute(async (tx) => {
      await bump(tx, id);
      await tx.deleteFrom("checks").where("workshop", "=", id).execute();
    });
    watching.hint(id);
  }

  line(address: string): () => void {
    return this.#lines.take(address);
  }

  async #save(workshop: string, code: string, of: Sender, name: string, findings: Findings): Promise<void> {
    const { browser, address } = of;
    const found = { address, name, findings: JSON.stringify(findings), checked_at: new Date().toISOString() };
    await this.tools.store.db.transaction().execute(async (tx) => {
      const row = await bump(tx, workshop);
      if (!row || doorOf(row.state) === "over")
        throw new Problem("WORKSHOP_ENDED", `Workshop ${code} is over. Results are kept no longer than it goes on.`);
      const others = await othersThan(tx, workshop, of);
      if (others.there >= KEPT_PER_ADDRESS)
        throw new Problem(
          "STATE_CONFLICT",
          `${others.there} browsers of your network have checked for ${code} already; no more are noted.`,
        );
      if (others.all >= KEPT_MOST)
        throw new Problem("STATE_CONFLICT", `${KEPT_MOST} browsers have checked for ${code} already; no more are noted.`);
      await tx
        .insertInto("checks")
        .values({ workshop, browser, ...found })
        .onConflict((c) => c.columns(["workshop", "browser"]).doUpdateSet(found))
        .execute();
    });
  }
}

/** Digests. */
interface Sender {
  browser: string;
  address: string;
}

/** How many other browsers have checked, and how many of them from there. */
async function othersThan(tx: Tx, workshop: string, { browser, address }: Sender): Promise<{ all: number; there: number }> {
  const row = await tx
    .selectFrom("checks")
    .select([
      sql<number>`cast(count(*) as integer)`.as("all"),
      sql<number>`cast(count(case when address = ${address} then 1 end) as integer)`.as("there"),
    ])
    .where("workshop", "=", workshop)
    .where("browser", "!=", browser)
    .executeTakeFirst();
  return { all: Number(row?.all ?? 0), there: Number(row?.there ?? 0) };
}
