import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle, SeatProcess } from "../seats/seat.ts";
import { endOf, type Screen } from "./screen.ts";
import { BLANK, fillStartPage } from "./start-page.ts";

/** Ten at once on a small machine: Chromium alone takes 2 s of a free core to come up. */
const START_MS = 45_000;

/** In the seat's home: history and log-ins stay as long as the seat does. */
const PROFILE = '"$HOME/.config/clarateach-browser"';

/**
 * Left by a browser that was killed, they make the next one ask, wait or give up; there is never more than one for a profile. At a FIFO it would
 * wait for ever; it keeps none itself.
 */
const CLEAN = `p=${PROFILE}; mkdir -p "$p/Default" && rm -f "$p"/Singleton* "$p"/DevToolsActivePort; find "$p/" -maxdepth 2 -xtype p -delete`;

/** Downloads land where the learner's work is, unasked, and file choosers open there; "@" stands for that. */
const PREFERENCES = JSON.stringify({
  download: { default_directory: "@", prompt_for_download: false, directory_upgrade: true },
  savefile: { default_directory: "@" },
  selectfile: { last_directory: "@" },
});

/** Only into a new profile: later it is the learner's, with what she chose there. */
const SETTLE = `f="$p/Default/Preferences"; [ -s "$f" ] || printf %s "$1" | sed "s#@#$PWD#g" > "$f"`;

/**
 * The shell stays as its parent: Chromium wipes its own environment, by which a seat's processes are found, but not its parent's. It
 * passes signals on by being in the same group, and waits for the browser to write down its profile.
 */
const LAUNCH = `trap : TERM HUP INT; "$@" --user-data-dir=${PROFILE}`;

/** The lock names the browser's first process, by its number in the seat. */
const END = `l=$(readlink ${PROFILE}/SingletonLock) && kill -TERM "\${l##*-}"`;

const AWAIT_PORT = `p=${PROFILE}/DevToolsActivePort; i=0
while [ ! -s "$p" ] && [ $i -lt ${START_MS / 100} ]; do sleep 0.1; i=$((i+1)); done; head -n 1 "$p"`;

/** Asking takes one short process, 0.1 s where processors are busy; a learner can stop it. */
const ASK_MS = 3000;

/** One that is only to be another may write down all it has. */
const GENTLE_MS = 3000;

export interface Browser {
  program: SeatProcess;
  /** Where it speaks CDP, on the seat's own localhost. */
  port: number;
}

/**
 * The seat's browser on the seat's screen.
 * @param signal gives up  @param startMs how long it may take: a FIFO that comes into its profile meanwhile would keep it for ever
 * @throws Problem UNAVAILABLE when it isn't up in time
 */
export async function startBrowser(
  seat: SeatHandle,
  command: string,
  { env }: Pick<Screen, "env">,
  signal: AbortSignal,
  startMs = START_MS,
): Promise<Browser> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(startMs)]);
  let program: SeatProcess | undefined;
  try {
    await prepareProfile(seat, limit);
    program = await seat.spawn(["sh", "-c", LAUNCH, "sh", command, ...flags(seat), BLANK], {
      // No session bus: looking for one starts a daemon that outlives the browser.
      env: { ...env, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" },
    });
    return { program, port: await portWhenUp(seat, AbortSignal.any([limit, endOf(program)])) };
  } catch (cause) {
    program?.kill();
    throw new Problem("UNAVAILABLE", `The browser of seat ${seatName(seat.seat)} didn't start: open the preview again.`, {
      cause,
    });
  }
}

async function portWhenUp(seat: SeatHandle, signal: AbortSignal): Promise<number> {
  const { stdout } = await seat.exec(["sh", "-c", AWAIT_PORT], { signal });
  const port = Number(stdout.trim());
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`it named the port "${stdout.trim().slice(0, 20)}"`);
  // A courtesy: without it the page stays blank.
  await fillStartPage(seat, port, signal).catch(() => {});
  return port;
}

/** Whoever runs the browser takes the same profile: there is a directory for it, and nobody's locks. */
export async function prepareProfile(seat: SeatHandle, signal: AbortSignal): Promise<void> {
  await seat.exec(["sh", "-c", `${CLEAN}; ${SETTLE}`, "sh", PREFERENCES], { signal });
}

/**
 * Asks the seat's browser to write down its profile and end, and waits a little; one that hangs stays. One that has ended isn't asked, and
 * nobody asks any more when this resolves: what comes late would end the next one.
 */
export async function endGently(seat: SeatHandle, program: SeatProcess): Promise<void> {
  if (Bun.peek.status(program.exited) !== "pending") return;
  const limit = AbortSignal.any([endOf(program), AbortSignal.timeout(ASK_MS)]);
  await seat.exec(["sh", "-c", END], { signal: limit }).catch((error: unknown) => {
    if (!limit.aborted) throw error;
  });
  await Promise.race([program.exited, Bun.sleep(GENTLE_MS)]);
}

function flags({ owner, isolation }: SeatHandle): string[] {
  return [
    // The port that is free; the browser writes it down.
    "--remote-debugging-port=0",
    "--force-device-scale-factor=1",
    ...["--no-first-run", "--no-default-browser-check", "--hide-crash-restore-bubble", "--disable-search-engine-choice-screen"],
    "--allow-browser-signin=false",
    // Nothing that isn't the learner's wish goes out or runs.
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps"],
    ...["--disable-breakpad", "--no-pings", "--disable-features=Translate,MediaRouter,OptimizationHints"],
    ...["--password-store=basic", "--disable-gpu", "--disable-dev-shm-usage"],
    // Chromium refuses to be root with its sandbox on, and a container, which is a wall itself, doesn't let it build one; the bar that
    // says so would take a line of the page.
    ...(owner.uid === 0 || isolation === "container" ? ["--no-sandbox", "--test-type"] : []),
  ];
}
