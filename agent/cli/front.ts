import { resolve } from "node:path";
import { type Command, command } from "../contract/command-line.ts";

/** @param start serves until SIGTERM */
export const frontCommand = (start: (data: string) => void): Command =>
  command(
    {
      name: "front",
      about: "the https door of a server with a public name, until SIGTERM",
      options: { data: { value: "DIR", required: true, about: "the gateway's data directory" } },
    },
    ({ data }) => start(resolve(data)),
  );
