import pino, { type Logger } from "pino";
import { openLogFile } from "./contract/log-file.ts";

/** One learner could make faults as fast as calls; what repeats says nothing new. */
const FAULTS_A_MINUTE = 60;

export type Log = Logger;

/**
 * JSON lines, so that nothing a learner sends breaks a line. Never a query string, token or cookie: callers pass no requests.
 * @param path without one, to standard output
 */
export function openLog(path?: string): Log {
  const file = path === undefined ? pino.destination({ dest: 1, sync: true }) : openLogFile(path);
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, file);
}

/** Writes a fault down and answers the number under which it is found. */
export function faultReporter(log: Log): (error: unknown) => string {
  let [minute, count] = [0, 0];
  return (error) => {
    const number = crypto.randomUUID().slice(0, 8);
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) [minute, count] = [now, 0];
    count += 1;
    if (count <= FAULTS_A_MINUTE) log.error({ number, err: error instanceof Error ? error : new Error(String(error)) }, "fault");
    return number;
  };
}
