import { join } from "node:path";
import { serveAsset, serveDocument } from "../views/assets.ts";
import { clearCommand } from "./cli/clear.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { fitCommand } from "./cli/fit.ts";
import { frontCommand } from "./cli/front.ts";
import { licencesCommand } from "./cli/licences.ts";
import { seatsCommand } from "./cli/seats.ts";
import { serveCommand } from "./cli/serve.ts";
import { toolsCommand } from "./cli/tools.ts";
import { versionCommand } from "./cli/version.ts";
import { frontPorts, VERSION } from "./config.ts";
import { runCommandLine, USAGE_EXIT_CODE, UsageProblem } from "./contract/command-line.ts";
import { FRONT_DIRECTORY } from "./contract/front.ts";
import type { RuntimeWish } from "./contract/running.ts";
import { SEATS_PER_MACHINE } from "./contract/seats.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { startFront } from "./front/front.ts";
import { faultReporter, openLog } from "./log.ts";
import { lockMachine } from "./machine/lock.ts";
import { writePid } from "./machine/running.ts";
import { clearSeats, fitIn, fitting, tools } from "./runtimes.ts";
import { examineDocker } from "./seats/docker/doctor.ts";
import { dockerSettings } from "./seats/docker/settings.ts";
import { startAgent } from "./serve.ts";

const program = {
  name: "clarateach-agent",
  about: "serves the seats of one machine",
  commands: [
    serveCommand(serve),
    frontCommand(front),
    clearCommand((directory) => clearSeats(directory, process.env)),
    seatsCommand,
    doctorCommand({
      openat2: requireOpenat2,
      fitting: () => fitting(dockerSettings(process.env)),
      docker: (directory) => examineDocker(dockerSettings(process.env), SEATS_PER_MACHINE, directory),
      doors: () => frontPorts(process.env),
    }),
    fitCommand((seats, directory, runtime) => fitIn(runtime, seats, directory, process.env)),
    toolsCommand(() => tools(process.env)),
    licencesCommand,
    versionCommand(VERSION),
  ],
};

await runCommandLine(program, process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof UsageProblem ? USAGE_EXIT_CODE : 1);
});

async function serve(directory: string, runtime: RuntimeWish): Promise<void> {
  const agent = await startAgent(directory, runtime, { asset: serveAsset, page: serveDocument });
  const leave = () => void agent.stop().finally(() => process.exit(0));
  process.once("SIGTERM", leave).once("SIGINT", leave);
  // Nine learners go on working whatever went wrong for the tenth.
  process.on("uncaughtException", agent.fault).on("unhandledRejection", agent.fault);
}

/** @param foreground a service manager keeps it: one at a time, its log is what it prints. Else its directory is like an agent's. */
function front(data: string, foreground: boolean): void {
  const directory = join(data, FRONT_DIRECTORY);
  const lock = foreground ? undefined : lockMachine(directory);
  if (lock) writePid(directory);
  const report = faultReporter(openLog(lock && join(directory, "agent.log")));
  const door = startFront(directory, report);
  const leave = () => {
    door.stop();
    lock?.release();
    process.exit(0);
  };
  process.once("SIGTERM", leave).once("SIGINT", leave);
  // What goes wrong with one connection is no reason to drop all others.
  process.on("uncaughtException", report).on("unhandledRejection", report);
}
