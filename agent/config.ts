import { resolve } from "node:path";

/** The product's; a test keeps it equal to package.json's. */
export const VERSION = "0.1.0";

export type RuntimeWish = "auto" | "docker" | "process";

export type Command =
  | { name: "serve"; directory: string; runtime: RuntimeWish }
  | { name: "front"; data: string }
  | { name: "clear"; directory: string }
  | { name: "seats"; directory: string; json: boolean }
  | { name: "doctor"; json: boolean; runtime: RuntimeWish }
  | { name: "version" }
  | { name: "help" };

export const USAGE = `clarateach-agent ${VERSION}: serves the seats of one machine

  clarateach-agent serve --machine DIR [--runtime auto|docker|process]
                                                until SIGTERM; DIR holds machine.json
  clarateach-agent clear --machine DIR          removes all that is left of the seats of a machine without an agent
  clarateach-agent front --data DIR             the https door of a server with a public name; DIR is the gateway's
  clarateach-agent seats --machine DIR [--json] what the agent of DIR serves
  clarateach-agent doctor [--json] [--runtime auto|docker|process]
                                                whether this computer has what seats need
  clarateach-agent version
`;

/** What the command line asks for. @throws with a sentence when it can't be understood */
export function readCommand(argv: readonly string[]): Command {
  const [name = "help", ...rest] = argv;
  const json = rest.includes("--json");
  switch (name) {
    case "serve":
      return { name, directory: directoryIn(rest), runtime: runtimeIn(rest) };
    case "clear":
      return { name, directory: directoryIn(rest) };
    case "front":
      return { name, data: directoryIn(rest, "--data", "which gateway's? Add --data and its data directory") };
    case "seats":
      return { name, directory: directoryIn(rest), json };
    case "doctor":
      return { name, json, runtime: runtimeIn(rest) };
    case "version":
    case "--version":
      return { name: "version" };
    case "help":
    case "--help":
      return { name: "help" };
    default:
      throw new Error(`there is no command "${name}"; known are serve, clear, front, seats, doctor and version`);
  }
}

function directoryIn(argv: readonly string[], option = "--machine", missing = "which machine? Add --machine and its directory") {
  const at = argv.indexOf(option);
  const value = at === -1 ? undefined : argv[at + 1];
  if (value) return resolve(value);
  throw new Error(missing);
}

function runtimeIn(argv: readonly string[]): RuntimeWish {
  const at = argv.indexOf("--runtime");
  const value = at === -1 ? "auto" : argv[at + 1];
  if (value === "auto" || value === "docker" || value === "process") return value;
  throw new Error(`there is no runtime "${value}"; known are auto, docker and process`);
}
