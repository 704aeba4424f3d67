import { accessSync, constants, statfsSync } from "node:fs";
import { freemem } from "node:os";
import { bad, type Finding, gigabytes, good, missing } from "../contract/findings.ts";
import { PLAIN_SEAT_MEMORY } from "../contract/fit.ts";
import { SEATS_PER_MACHINE } from "../contract/seats.ts";

/** Of one machine. */
const MEMORY_WANTED = SEATS_PER_MACHINE * PLAIN_SEAT_MEMORY;
const DISK_WANTED = 2 * 2 ** 30;

/** What only other rooms can try. */
export interface Trials {
  /** @throws when files can't be opened by `openat2` */
  openat2(): void;
}

/** Looks whether this computer has what an agent needs, whatever its seats are; each look stands alone. */
export function examine(trials: Trials): Finding[] {
  return [system(), openat2(trials), ports()];
}

/** What seats take from this computer that are plain processes. */
export const examineProcesses = (): Finding[] => [tmux(), ...previewPrograms(), disk(), memory()];

function system(): Finding {
  const found = `${process.platform} ${process.arch}`;
  if (process.platform === "linux" && ["x64", "arm64"].includes(process.arch)) return good("system", found);
  return bad("system", found, "run it on Linux, x64 or arm64 (on Windows inside WSL2)");
}

function tmux(): Finding {
  const path = Bun.which("tmux");
  if (path) return good("tmux", versionOf([path, "-V"]));
  return bad("tmux", "not there", "sudo apt install tmux");
}

function openat2(trials: Trials): Finding {
  const what = "openat2 (safe file access)";
  try {
    trials.openat2();
    return good(what, "works");
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return bad(what, found, "a kernel from 5.6 on is needed; in a container, its seccomp profile must allow openat2");
  }
}

/** What the preview of a seat needs: the program's name for people, its names as a command, its Debian package. */
const PREVIEW_PROGRAMS: readonly (readonly [what: string, names: readonly string[], from: string])[] = [
  ["Chromium", ["chromium", "chromium-browser", "google-chrome"], "chromium"],
  ["Xtigervnc", ["Xtigervnc"], "tigervnc-standalone-server"],
  ["matchbox-window-manager", ["matchbox-window-manager"], "matchbox-window-manager"],
];

function previewPrograms(): Finding[] {
  return PREVIEW_PROGRAMS.map(([what, names, from]) => {
    const path = names.map((name) => Bun.which(name)).find((found) => found !== null);
    if (path) return good(what, path);
    return missing(what, "not there, so seats have no preview", `sudo apt install ${from}`);
  });
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync(process.cwd());
  const free = bavail * bsize;
  const finding = { what: "free disk", found: gigabytes(free) };
  if (free >= DISK_WANTED) return { ...finding, state: "good" };
  return { ...finding, state: "missing", fix: `make room: a class wants ${gigabytes(DISK_WANTED)}` };
}

function memory(): Finding {
  const finding = { what: "free memory", found: gigabytes(freemem()) };
  if (freemem() >= MEMORY_WANTED) return { ...finding, state: "good" };
  return { ...finding, state: "missing", fix: `close other programs: ten seats with browsers want ${gigabytes(MEMORY_WANTED)}` };
}

function ports(): Finding {
  try {
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    server.stop(true);
    accessSync("/tmp", constants.W_OK);
    return good("ports and sockets", "free ones on 127.0.0.1; /tmp can be written");
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return bad("ports and sockets", found, "a program has to listen on 127.0.0.1 and write to /tmp");
  }
}

/** Only a server with a public name needs them. @param doors the ports of its front */
export function examineDoors(doors: readonly number[]): Finding {
  const what = `ports ${doors.join(" and ")} (for a public name)`;
  const taken = doors.filter((port) => !isFree(port));
  if (taken.length === 0) return good(what, "free");
  const fix = `without --domain it is of no matter; with it no other program may have them (sudo ss -ltnp 'sport = :${taken[0]}' tells which)`;
  return missing(what, `${taken.join(" and ")} taken, or not ours to open`, fix);
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "0.0.0.0", port, socket: { data: () => {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}

function versionOf(argv: string[]): string {
  return Bun.spawnSync(argv).stdout.toString().trim();
}
