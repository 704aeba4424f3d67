import { type Command, command } from "../../agent/contract/command-line.ts";
import type { OpenCloud } from "../../provision/cloud.ts";
import { AgentClient } from "../agents/client.ts";
import { type Config, readSettings, SETTING_OPTIONS } from "../config.ts";
import { openDb } from "../db/open.ts";
import { publicNamesOf } from "../gateway.ts";
import { lockData } from "../lock.ts";
import { openKeys } from "../tokens/keys.ts";
import { recover } from "../workshops/recover.ts";
import { Store } from "../workshops/store.ts";

/** @param openCloud with the machines that may have outlived their records */
export const recoverCommand = (openCloud: (config: Config, tell: (sentence: string) => void) => Promise<OpenCloud>): Command =>
  command(
    {
      name: "recover",
      about: "makes records of classes again whose machines outlived the database, while no gateway serves it",
      options: SETTING_OPTIONS,
    },
    async (options) => {
      const config = readSettings(options);
      lockData(config.data);
      const cloud = await openCloud(config, console.log);
      const [db, keys] = [await openDb(config.data), await openKeys(cloud.secrets, config.url)];
      const agents = new AgentClient((machine) => keys.machineToken(machine));
      const sentences = await recover({ cloud, agents, store: new Store(db), publicNames: publicNamesOf(config, cloud) });
      console.log(sentences.join("\n") || "Every machine's class has its record: nothing was changed.");
      await db.destroy();
      cloud.leave();
      process.exit(0);
    },
  );
