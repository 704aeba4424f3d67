import { resolve } from "node:path";
import { type Command, command } from "../contract/command-line.ts";

/** @param start serves until SIGTERM; in the foreground without a pid file, lock and log file of its own */
export const frontCommand = (start: (data: string, foreground: boolean) => Promise<void>): Command =>
  command(
    {
      name: "front",
      group: "Services",
      about: "the https door of a server with a public name, until SIGTERM",
      options: {
        data: { value: "DIR", required: true, about: "the gateway's data directory" },
        foreground: { about: "a service manager keeps it: its log is what it prints, and nothing is written" },
      },
    },
    ({ data, foreground }) => start(resolve(data), foreground),
  );
