import { join } from "node:path";
import { serveAsset, serveDocument } from "../views/assets.ts";
import { examine, examineDoors, examineProcesses, printed } from "./cli/doctor.ts";
import { askReport, printedSeats } from "./cli/seats.ts";
import { type Command, type RuntimeWish, readCommand, USAGE, VERSION } from "./config.ts";
import { FRONT_DIRECTORY } from "./contract/front.ts";
import { SEATS_PER_MACHINE } from "./contract/seats.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { startFront } from "./front/front.ts";
import { faultReporter, openLog } from "./log.ts";
import { lockMachine } from "./machine/lock.ts";
import { rotateLog, writePid } from "./machine/running.ts";
import { clearSeats, fitting } from "./runtimes.ts";
import { examineDocker } from "./seats/docker/doctor.ts";
import { dockerSettings } from "./seats/docker/settings.ts";
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
      return serve(command.directory, command.runtime);
    case "front":
      return front(join(command.data, FRONT_DIRECTORY));
    case "clear":
      return console.log(JSON.stringify(await clearSeats(command.directory, process.env)));
    case "version":
      return console.log(VERSION);
    case "help":
      return console.log(USAGE);
    case "doctor":
      return doctor(command.json, command.runtime);
    case "seats":
      return seats(command.directory, command.json);
  }
}

async function serve(directory: string, runtime: RuntimeWish): Promise<void> {
  const agent = await startAgent(directory, runtime, { asset: serveAsset, page: serveDocument });
  const leave = () => void agent.stop().finally(() => process.exit(0));
  process.once("SIGTERM", leave).once("SIGINT", leave);
  // Nine learners go on working whatever went wrong for the tenth.
  process.on("uncaughtException", agent.fault).on("unhandledRejection", agent.fault);
}

/** The same directory, lock and log as an agent's: a provider keeps both alike. */
function front(directory: string): void {
  const lock = lockMachine(directory);
  writePid(directory);
  rotateLog(join(directory, "agent.log"));
  const report = faultReporter(openLog(join(directory, "agent.log")));
  const door = startFront(directory, report);
  const leave = () => {
    door.stop();
    lock.release();
    process.exit(0);
  };
  process.once("SIGTERM", leave).once("SIGINT", leave);
  // What goes wrong with one connection is no reason to drop all others.
  process.on("uncaughtException", report).on("unhandledRejection", report);
}

async function doctor(json: boolean, wish: RuntimeWish): Promise<void> {
  const settings = dockerSettings(process.env);
  const { CLARATEACH_HTTP_PORT = "80", CLARATEACH_HTTPS_PORT = "443" } = process.env;
  const runtime = wish === "auto" ? await fitting(settings) : wish;
  const findings = [
    ...examine({ openat2: requireOpenat2 }),
    ...(runtime === "docker"
      ? [
          ...(await examineDocker(settings, SEATS_PER_MACHINE, process.cwd())),
          examineDoors([+CLARATEACH_HTTP_PORT, +CLARATEACH_HTTPS_PORT]),
        ]
      : examineProcesses()),
  ];
  const chosen = wish === "auto" ? `, chosen by itself: ${CHOICE[runtime]}` : "";
  if (!json) console.log(`Seats of the runtime ${runtime}${chosen}`);
  console.log(json ? JSON.stringify(findings, null, 2) : printed(findings, process.stdout.isTTY === true));
  if (findings.some(({ state }) => state === "bad")) process.exitCode = 1;
}

const CHOICE = {
  docker: "this is root, Docker answers and has the seats' image",
  process: "containers need root, a Docker that answers, and the seats' image",
} as const;

async function seats(directory: string, json: boolean): Promise<void> {
  const report = await askReport(directory);
  console.log(json ? JSON.stringify(report, null, 2) : printedSeats(report));
}
