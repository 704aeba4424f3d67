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
import { imageCommand } from "./cli/image.ts";
import { infoCommand, okayCommand, sdksCommand, warningsCommand } from "./cli/info.ts";
import { licencesCommand } from "./cli/licences.ts";
import { MORE } from "./cli/more.ts";
import { plainLine } from "./cli/plain.ts";
import { planCommand } from "./cli/plan.ts";
import { runCommand } from "./cli/run.ts";
import { seatsCommand } from "./cli/seats.ts";
import { serveCommand } from "./cli/serve.ts";
import { toolsCommand } from "./cli/tools.ts";
import { versionCommand } from "./cli/version.ts";
import { frontPorts, VERSION } from "./config.ts";
import { CommandFailure, type Program } from "./contract/command-line.ts";
import { Problem } from "./contract/errors.ts";
import type { RuntimeWish } from "./contract/running.ts";
import { SEATS_PER_MACHINE } from "./contract/seats.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { frontOnly } from "./front-process.ts";
import { lookAtWorkshops } from "./project/look.ts";
import { ProjectInvalid } from "./project/read.ts";
import { run } from "./run.ts";
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
    ...frontOnly.commands,
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

await run(program);

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
