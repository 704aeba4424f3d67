import { join } from "node:path";
import { frontCommand } from "./cli/front.ts";
import { MORE } from "./cli/more.ts";
import type { Program } from "./contract/command-line.ts";
import { FRONT_DIRECTORY } from "./contract/front.ts";
import { startFront } from "./front/front.ts";
import { writePid } from "./machine/running.ts";

/** What the program is where nothing but the front is wanted of it. */
export const frontOnly: Program = {
  name: "clarateach-agent",
  about: "serves the seats of one machine, and asks the agent that does",
  more: MORE,
  commands: [frontCommand(front)],
};

/** @param foreground a service manager keeps it: one at a time, its log is what it prints. Else its directory is like an agent's. */
async function front(data: string, foreground: boolean): Promise<void> {
  const directory = join(data, FRONT_DIRECTORY);
  const lock = foreground ? undefined : await hold(directory);
  const report = foreground ? lateReport() : await openReport(join(directory, "agent.log"));
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

async function hold(directory: string) {
  const { lockMachine } = await import("./machine/lock.ts");
  const lock = lockMachine(directory);
  writePid(directory);
  return lock;
}

type Report = (error: unknown) => void;

async function openReport(path?: string): Promise<Report> {
  const { faultReporter, openLog } = await import("./log.ts");
  return faultReporter(openLog(path));
}

/** On standard output, read in by the first fault: a front that has none saves its 3 MB. */
function lateReport(): Report {
  let opened: Promise<Report> | undefined;
  return (error) => {
    opened ??= openReport();
    void opened.then((report) => report(error));
  };
}
