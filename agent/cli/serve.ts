import { resolve } from "node:path";
import { type Command, command } from "../contract/command-line.ts";
import { RUNTIME_WISHES, type RuntimeWish } from "../contract/running.ts";

/** @param start serves until SIGTERM */
export const serveCommand = (start: (directory: string, runtime: RuntimeWish, alone: boolean) => Promise<void>): Command =>
  command(
    {
      name: "serve",
      group: "Services",
      about: "serves the seats of a machine, until SIGTERM",
      options: {
        machine: { value: "DIR", required: true, about: "the machine's directory; it holds machine.json" },
        alone: { about: "a machine of its own: the plane is open to its gateway, a front beside it opens with a key made here" },
        runtime: { value: RUNTIME_WISHES, about: "what seats are; auto (the default): containers where this computer can" },
      },
    },
    ({ machine, runtime = "auto", alone }) => start(resolve(machine), runtime, alone),
  );
