import { serveAsset, serveDocument } from "../views/assets.ts";
import { examine, printed } from "./cli/doctor.ts";
import { askReport, printedSeats } from "./cli/seats.ts";
import { type Command, readCommand, USAGE, VERSION } from "./config.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { startAgent } from "./serve.ts";

try {
  await run(readCommand(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function run(command: Command): Promise<void> {
  switch (command.name) {
    case "serve":
      return serve(command.directory);
    case "version":
      return console.log(VERSION);
    case "help":
      return console.log(USAGE);
    case "doctor":
      return doctor(command.json);
    case "seats":
      return seats(command.directory, command.json);
  }
}

async function serve(directory: string): Promise<void> {
  const agent = await startAgent(directory, { asset: serveAsset, page: serveDocument });
  const leave = () => void agent.stop().finally(() => process.exit(0));
  process.once("SIGTERM", leave).once("SIGINT", leave);
  // Nine learners go on working whatever went wrong for the tenth.
  process.on("uncaughtException", agent.fault).on("unhandledRejection", agent.fault);
}

function doctor(json: boolean): void {
  const findings = examine({ openat2: requireOpenat2 });
  console.log(json ? JSON.stringify(findings, null, 2) : printed(findings, process.stdout.isTTY === true));
  if (findings.some(({ state }) => state === "bad")) process.exitCode = 1;
}

async function seats(directory: string, json: boolean): Promise<void> {
  const report = await askReport(directory);
  console.log(json ? JSON.stringify(report, null, 2) : printedSeats(report));
}
