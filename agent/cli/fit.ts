import { resolve } from "node:path";
import { type Command, command, UsageProblem } from "../contract/command-line.ts";
import type { Fit } from "../contract/fit.ts";
import { RUNTIME_WISHES, type RuntimeWish } from "../contract/running.ts";

/** @param fit what so many seats would get in a directory of this computer */
export const fitCommand = (fit: (seats: number, directory: string, runtime: RuntimeWish) => Promise<Fit>): Command =>
  command(
    {
      name: "fit",
      group: "This computer",
      about: "tells what so many seats would get of this computer, as JSON; nothing is made",
      options: {
        seats: { value: "N", required: true, about: "how many" },
        directory: { value: "DIR", required: true, about: "an existing one, where machines are" },
        runtime: { value: RUNTIME_WISHES, about: "which kind of seats; auto (the default): what an agent would choose" },
      },
    },
    async ({ seats, directory, runtime = "auto" }) => {
      if (!/^[1-9]\d?$/.test(seats)) throw new UsageProblem(`--seats is "${seats}"; it may be 1 to 99.`);
      console.log(JSON.stringify(await fit(Number(seats), resolve(directory), runtime)));
    },
  );
