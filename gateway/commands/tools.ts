import { type Command, command } from "../../agent/contract/command-line.ts";
import { type Config, readSettings, SETTING_OPTIONS } from "../config.ts";

/** @param fetch answers whether all are there; what isn't was said */
export const toolsCommand = (fetch: (config: Config) => Promise<boolean>): Command =>
  command(
    {
      name: "tools",
      about: "fetches what seats need besides, the Claude CLI above all, where it isn't there yet",
      options: SETTING_OPTIONS,
    },
    async (options) => {
      if (!(await fetch(readSettings(options)))) process.exitCode = 1;
    },
  );
