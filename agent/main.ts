import { join } from "node:path";
import { serveAsset, serveDocument } from "../views/assets.ts";
import { placedLine } from "./cli/agent-api.ts";
import { launchCommand, refreshCommand, removeCommand, restoreCommand, startCommand, stopCommand } from "./cli/asks.ts";
import { abortCommand, changesCommand, continueCommand, logCommand, tasksCommand } from "./cli/changes.ts";
import { clearCommand } from "./cli/clear.ts";
import { completionCommand } from "./cli/completion.ts";
import { connectCommand, connectionsCommand, disconnectCommand, remountCommand } from "./cli/connections.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { execCommand, shellCommand } from "./cli/exec.ts";
import { fitCommand } from "./cli/fit.ts";
import { frontCommand } from "./cli/front.ts";
import { imageCommand } from "./cli/image.ts";
import { infoCommand, okayCommand, sdksCommand, warningsCommand } from "./cli/info.ts";
import { licencesCommand } from "./cli/licences.ts";
import { MORE } from "./cli/more.ts";
import { plain, plainLine } from "./cli/plain.ts";
import { planCommand } from "./cli/plan.ts";
import { runCommand } from "./cli/run.ts";
import { seatsCommand } from "./cli/seats.ts";
import { serveCommand } from "./cli/serve.ts";
import { toolsCommand } from "./cli/tools.ts";
import { versionCommand } from "./cli/version.ts";
import { frontPorts, VERSION } from "./config.ts";
import { CommandFailure, type Program, runCommandLine, USAGE_EXIT_CODE, UsageProblem } from "./contract/command-line.ts";
import { Problem } from "./contract/errors.ts";
import { FRONT_DIRECTORY } from "./contract/front.ts";
import type { RuntimeWish } from "./contract/running.ts";
import { SEATS_PER_MACHINE } from "./contract/seats.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { startFront } from "./front/front.ts";
import { faultReporter, openLog } from "./log.ts";
import { lockMachine } from "./machine/lock.ts";
import { writePid } from "./machine/running.ts";
import { lookAtWorkshops } from "./project/look.ts";
import { ProjectInvalid } from "./project/read.ts";
import { clearSeats, fitIn, fitting, tools } from "./runtimes.ts";
import { DockerClient } from "./seats/docker/client/client.ts";
import { examineDocker } from "./seats/docker/doctor.ts";
import { importTar } from "./seats/docker/image/image.ts";
import { type DockerSettings, dockerSettings } from "./seats/docker/settings.ts";
import { startAgent } from "./serve.ts";

const program: Program = {
  name: "clarateach-agent",
  about: "serves the seats of one machine, and asks the agent that does",
  more: MORE,
  commands: [
    ...[seatsCommand, launchCommand(readProject), refreshCommand, restoreCommand, startCommand, stopCommand, removeCommand],
    ...[planCommand, shellCommand, execCommand, runCommand(readProject)],
    ...[changesCommand, tasksCommand, logCommand, continueCommand, abortCommand],
    ...[connectionsCommand, connectCommand, disconnectCommand, remountCommand],
    ...[infoCommand, warningsCommand, okayCommand, sdksCommand],
    serveCommand(serve),
    frontCommand(front),
    clearCommand((directory) => clearSeats(directory, process.env)),
    doctorCommand({
      openat2: requireOpenat2,
      fitting: () => fitting(dockerSettings(process.env)),
      docker: (directory) => examineDocker(dockerSettings(process.env), SEATS_PER_MACHINE, directory),
      doors: () => frontPorts(process.env),
    }),
    fitCommand((seats, directory, runtime) => fitIn(runtime, seats, directory, process.env)),
    toolsCommand(() => tools(process.env)),
    imageCommand((tar) => takeImage(tar, dockerSettings(process.env))),
    completionCommand(() => program.commands),
    licencesCommand,
    versionCommand(VERSION),
  ],
};

await runCommandLine(program, process.argv.slice(2)).catch((error: unknown) => {
  // On a terminal Bun's console would print it in red, whatever NO_COLOR says.
  process.stderr.write(`${plain(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(codeOf(error));
});

function codeOf(error: unknown): number {
  if (error instanceof UsageProblem) return USAGE_EXIT_CODE;
  return error instanceof CommandFailure ? error.exitCode : 1;
}

/** What is wrong with a project's files, as a terminal shows it. */
async function readProject(directory: string, names: readonly string[] | undefined) {
  return lookAtWorkshops(directory, names).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    // Names in there are whoever's writes the files.
    const places = error instanceof ProjectInvalid ? error.problems.map(placedLine) : [];
    throw new CommandFailure(1, [plainLine(error.message), ...places].join("\n"));
  });
}

function takeImage(tar: string, { socket, image }: DockerSettings): Promise<void> {
  return importTar(new DockerClient(socket), tar, image);
}

async function serve(directory: string, runtime: RuntimeWish, alone: boolean): Promise<void> {
  const pages = { asset: serveAsset, page: serveDocument };
  const agent = await startAgent({ directory, runtime, alone, pages, ended: () => process.exit(0) });
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
