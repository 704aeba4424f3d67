import { readFileSync } from "node:fs";
import { command } from "../contract/command-line.ts";

/** `scripts/build-agent` writes it; inside the executable it lies beside the program. */
const FILE = import.meta.dir.startsWith("/$bunfs")
  ? `${import.meta.dir}/licences.txt`
  : `${import.meta.dir}/../../dist/licences.txt`;

export const licencesCommand = command(
  {
    name: "licences",
    group: "This program",
    about: "prints the licences of all that is compiled into this program",
    options: {},
  },
  () => {
    // `licences | head` has read enough: no failure.
    process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
    process.stdout.write(readFileSync(FILE));
  },
);
