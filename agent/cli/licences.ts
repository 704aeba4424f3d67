import { readFileSync } from "node:fs";
import { command } from "../contract/command-line.ts";

/** `scripts/build-agent` writes it; inside the executable it lies beside the program. */
const FILE = import.meta.dir.startsWith("/$bunfs")
  ? `${import.meta.dir}/licences.txt`
  : `${import.meta.dir}/../../dist/licences.txt`;

export const licencesCommand = command(
  { name: "licences", about: "prints the licences of all that is compiled into this program", options: {} },
  () => void process.stdout.write(readFileSync(FILE)),
);
