import { existsSync, renameSync, statSync } from "node:fs";
import pino from "pino";

/** The log of a class is some hundred lines; a loop of faults must not fill the disk for ever: this and one older file is the most. */
const LOG_LIMIT = 16 * 1024 * 1024;

/** A log that only its owner reads and that never grows beyond its bound: a full one is put aside as `<path>.1`, in place of the last. */
export function openLogFile(path: string, limit = LOG_LIMIT) {
  let size = existsSync(path) ? statSync(path).size : 0;
  const file = pino.destination({ dest: path, append: true, sync: true, mode: 0o600 });
  file.on("write", (bytes) => {
    size += bytes;
    if (size < limit) return;
    size = 0;
    renameSync(path, `${path}.1`);
    file.reopen();
  });
  return file;
}
