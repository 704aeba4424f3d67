import { resolve } from "node:path";
import { type Command, command } from "../contract/command-line.ts";
import type { Leftovers } from "../contract/machine.ts";

/** @param clear answers what it removed */
export const clearCommand = (clear: (directory: string) => Promise<Leftovers>): Command =>
  command(
    {
      name: "clear",
      group: "Services",
      about: "removes all that is left of the seats of a machine without an agent; prints what it removed, as JSON",
      options: { machine: { value: "DIR", required: true, about: "the machine's directory" } },
    },
    async ({ machine }) => console.log(JSON.stringify(await clear(resolve(machine)))),
  );
