import { resolve } from "node:path";
import { type Command, command } from "../contract/command-line.ts";
import { RUNTIME_WISHES, type RuntimeWish } from "../contract/running.ts";

/** @param start serves until SIGTERM */
export const serveCommand = (start: (directory: string, runtime: RuntimeWish) => Promise<void>): Command =>
  command(
    {
      name: "serve",
      about: "serves the seats of a machine, until SIGTERM",
      options: {
        machine: { value: "DIR", required: true, about: "the machine's directory; it holds machine.json" },
        runtime: { value: RUNTIME_WISHES, about: "what seats are; auto (the default): containers where this computer can" },
      },
    },
    ({ machine, runtime = "auto" }) => start(resolve(machine), runtime),
  );
