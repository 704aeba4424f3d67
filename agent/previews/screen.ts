import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CLIPBOARD_LIMIT } from "../contract/clipboard.ts";
import { removeDeadDisplays } from "../contract/displays.ts";
import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle, SeatProcess } from "../seats/seat.ts";
import { giveKeyboard } from "./keyboard.ts";
import type { Programs } from "./programs.ts";
import { poll } from "./waiting.ts";
import { writeXauthority } from "./xauthority.ts";

/** Until a viewer asks for the size of its pane. */
const FIRST_SIZE = { width: 1280, height: 800 } as const;

/** A screen is up in 0.2 s; on a machine where ten start at once, in a few. */
const START_MS = 15_000;
const LOOK_MS = 25;

/** Text and clicks need no more, and each frame is a share of a processor. */
const FRAMES_PER_SECOND = 30;

const SOCKET = "vnc.sock";
const COOKIE = "Xauthority";
const NUMBER = "display";

/** A running screen: X server and VNC server in one. */
export interface Screen {
  /** For programs on it: DISPLAY and XAUTHORITY. */
  env: Record<string, string>;
  program: SeatProcess;
}

export const socketPath = (seat: SeatHandle): string => join(seat.run.outside, SOCKET);

/** @throws Problem UNAVAILABLE when it isn't up in time */
export async function startScreen(seat: SeatHandle, { screen, manager }: Programs): Promise<Screen> {
  await clearScreen(seat);
  writeXauthority(join(seat.run.outside, COOKIE), seat);
  const program = await seat.spawn(screenCommand(seat, screen));
  const ended = AbortSignal.any([AbortSignal.timeout(START_MS), endOf(program)]);
  try {
    const display = await poll(
      () => displayOf(seat),
      LOOK_MS,
      ended,
      () => notUp(seat),
    );
    const env = { DISPLAY: `:${display}`, XAUTHORITY: join(seat.run.inside, COOKIE) };
    // Ends with its screen.
    await Promise.all([seat.spawn([manager, "-use_titlebar", "no"], { env }), giveKeyboard(seat, env)]);
    return { env, program };
  } catch (error) {
    program.kill();
    throw error;
  }
}

/** Removes what a screen leaves in the seat's run directory, and its display's socket where it was killed. */
export async function clearScreen(seat: SeatHandle): Promise<void> {
  for (const name of [SOCKET, COOKIE, NUMBER]) makeWay(join(seat.run.outside, name));
  await removeDeadDisplays();
}

/**
 * A directory of the learner's in the way gets another name: emptying one of 3000 levels takes 23 s, in which no seat is answered.
 * What can't be moved, or is in the way again a moment later, costs her the preview.
 */
function makeWay(path: string): void {
  try {
    if (lstatSync(path).isDirectory()) renameSync(path, `${path}-${randomBytes(4).toString("hex")}`);
    else rmSync(path, { force: true });
  } catch {
    // Mostly there is nothing.
  }
}

/** The server itself takes the first display that is free and says which: asking before would be a race. It says so on descriptor 3. */
function screenCommand({ run }: SeatHandle, command: string): string[] {
  const { width, height } = FIRST_SIZE;
  return [
    ...["sh", "-c", 'number=$1; shift; exec "$@" 3>"$number"', "sh", join(run.inside, NUMBER)],
    ...[command, "-displayfd", "3", "-auth", join(run.inside, COOKIE), "-nolisten", "tcp"],
    ...["-rfbport", "-1", "-rfbunixpath", join(run.inside, SOCKET), "-rfbunixmode", "0600"],
    // Who gets as far as the socket was let in by the agent; all viewers are the same seat's, and none may be locked out by another's drops.
    ...["-SecurityTypes", "None", "-AlwaysShared", "-UseBlacklist=0"],
    // A learner's own clipboard gets what she copied, not all that she marked.
    ...["-SendPrimary=0", `-MaxCutText=${CLIPBOARD_LIMIT}`],
    ...["-geometry", `${width}x${height}`, "-depth", "24", `-FrameRate=${FRAMES_PER_SECOND}`],
    // The screen stays when the browser on it is started again. White until the browser is there: black looks broken.
    ...["-noreset", "-wr", "-s", "0", "-desktop", "Preview"],
  ];
}

/** Undefined: not up yet. The seat can write these files: nothing in them is believed but a small number. */
function displayOf(seat: SeatHandle): number | undefined {
  const text = readSmall(join(seat.run.outside, NUMBER));
  if (!text || !/^\d{1,5}\n/.test(text)) return undefined;
  return isScreenThere(seat) ? Number.parseInt(text, 10) : undefined;
}

function readSmall(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) return undefined;
    const buffer = Buffer.alloc(8);
    return buffer.toString("latin1", 0, readSync(file, buffer));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whether there is a socket; whose it is is looked at when it is connected to. */
export function isScreenThere(seat: SeatHandle): boolean {
  return lstatSync(socketPath(seat), { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** Aborts when the program ends. */
export function endOf(program: SeatProcess): AbortSignal {
  const end = new AbortController();
  void program.exited.then(() => end.abort());
  return end.signal;
}

function notUp({ seat }: SeatHandle): Problem {
  return new Problem(
    "UNAVAILABLE",
    `The screen of seat ${seatName(seat)} didn't start: open the preview again, or tell your instructor.`,
  );
}
