import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../../agent/contract/command-line.ts";
import { type Config, readSettings, SETTING_OPTIONS, SettingProblem } from "../config.ts";
import { openDb } from "../db/open.ts";
import { FailureLimits } from "../people/limits.ts";
import { People } from "../people/people.ts";

/** In the data directory: the address of the gateway that serves it, for whoever asks from another terminal without its settings. */
export const ADDRESS_FILE = "gateway.url";

export const linkCommand = command(
  { name: "link", about: "prints a fresh sign-in link, while another terminal serves", options: SETTING_OPTIONS },
  (options) => printLink(readSettings(options)),
);

/**
 * For another browser, or after signing out.
 * @throws SettingProblem where none ever served
 */
async function printLink(config: Config): Promise<void> {
  const file = join(config.data, ADDRESS_FILE);
  if (!existsSync(file))
    throw new SettingProblem(
      `No ClaraTeach ever served the data in "${config.data}"; start it first, or set CLARATEACH_DATA to what it was started with.`,
    );
  const db = await openDb(config.data);
  console.log(await new People(db, { ...config, url: readFileSync(file, "utf8") }, new FailureLimits()).signInLink());
  await db.destroy();
}
