import { join } from "node:path";
import { frontCommand } from "./cli/front.ts";
import { MORE } from "./cli/more.ts";
import type { Program } from "./contract/command-line.ts";
import { FRONT_DIRECTORY } from "./contract/front.ts";
import { startFront } from "./front/front.ts";
import { faultReporter, openLog } from "./log.ts";
import { lockMachine } from "./machine/lock.ts";
import { writePid } from "./machine/running.ts";

/** What the program is where nothing but the front is wanted of it. */
export const frontOnly: Program = {
  name: "clarateach-agent",
  about: "serves the seats of one machine, and asks the agent that does",
  more: MORE,
  commands: [frontCommand(front)],
};

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
