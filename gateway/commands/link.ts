import type { Config } from "../config.ts";
import { openDb } from "../db/open.ts";
import { FailureLimits } from "../people/limits.ts";
import { People } from "../people/people.ts";

/** `scripts/start link`: a new sign-in link, beside a gateway that serves; for another browser, or after signing out. */
export async function printLink(config: Config): Promise<void> {
  const db = await openDb(config.data);
  console.log(await new People(db, config, new FailureLimits()).signInLink());
  await db.destroy();
}
