import { CLOSE } from "../../contract/close.ts";
import { Problem } from "../../contract/errors.ts";
import { mediaPort, NEKO_CDP_PORT, type NekoSettings } from "../../contract/neko.ts";
import { seatName } from "../../contract/seats.ts";
import type { BesideRunning, SeatHandle } from "../../seats/seat.ts";
import { prepareProfile } from "../browser.ts";
import type { Owner } from "../owner.ts";
import { notRenewed } from "../restarts.ts";
import { clearScreen, isScreenThere } from "../screen.ts";
import { poll } from "../waiting.ts";
import { type NekoSecrets, nekoEnvironment, newSecrets } from "./config.ts";
import type { LiveSource, LiveViewer } from "./live-viewer.ts";
import { isUp } from "./login.ts";
import { Pace } from "./pace.ts";
import { type Door, enter } from "./way-in.ts";

/**
 * Of the container, and of neko in it: together some seconds where processors are free. Where a whole class opens its previews at once they take
 * many times that, and who is given up now has no live video until the preview was closed: pictures are hers meanwhile, as soon as there is a screen.
 */
const START_MS = 45_000;
const LOOK_MS = 100;

/** x11vnc starts beside neko and waits for the display. */
const SHOWN_MS = 15_000;

/** supervisord gives a browser that hangs ten seconds. */
const RENEW_MS = 40_000;

/** For Chromium to write down its profile. */
const GENTLE_MS = 2000;

/** Of neko alone: the display and the browser on it stay. */
const RESTART = ["supervisorctl", "restart", "neko"];
/** Of the browser alone: supervisord asks it to end, and ends what doesn't. */
const RESTART_BROWSER = ["supervisorctl", "restart", "chromium"];
const STOP_ALL = ["supervisorctl", "stop", "all"];

export interface NekoGiven {
  settings: NekoSettings & { address: string };
  /** It owes a viewer an answer, or lets nobody in. */
  wedged(neko: Neko): void;
  /** How long an answer is waited for, in milliseconds; missing: as long as people would. */
  provideMs?: number | undefined;
}

/**
 * The seat's browser in neko's container: resolves once neko takes calls.
 * @param signal gives up  @throws Problem UNAVAILABLE with a sentence for the learner when there is none; nothing of it is left then
 */
export async function startNeko(seat: SeatHandle, given: NekoGiven, signal: AbortSignal): Promise<Neko> {
  if (!seat.beside) throw new Error(`seat ${seatName(seat.seat)} has no place beside it`);
  const { settings } = given;
  const [secrets, end] = [newSecrets(), new AbortController()];
  const limit = AbortSignal.any([signal, end.signal, AbortSignal.timeout(START_MS)]);
  const giveUp = () => end.abort();
  limit.addEventListener("abort", giveUp, { once: true });
  await clearScreen(seat);
  await prepareProfile(seat, limit);
  const env = nekoEnvironment(settings, seat.seat, secrets);
  const container = await seat.beside({ image: settings.image, env, media: mediaPort(settings, seat.seat), signal: end.signal });
  const neko = new Neko(seat, given, secrets, container);
  try {
    await neko.up(limit);
    limit.removeEventListener("abort", giveUp);
    return neko;
  } catch (error) {
    await neko.end();
    throw error;
  }
}

export class Neko implements Owner {
  readonly ended: Promise<void>;
  readonly #seat: SeatHandle;
  readonly #given: NekoGiven;
  readonly #secrets: NekoSecrets;
  readonly #door: Door;
  readonly #container: BesideRunning;
  readonly #gone = new AbortController();
  /** How often neko alone was started again. */
  #restarts = 0;
  #lingering: LiveViewer | undefined;
  #ending: Promise<void> | undefined;

  constructor(seat: SeatHandle, given: NekoGiven, secrets: NekoSecrets, container: BesideRunning) {
    this.#seat = seat;
    this.#given = given;
    this.#secrets = secrets;
    this.#door = { seat, password: secrets.user, pace: new Pace(), gone: this.#gone.signal };
    this.#container = container;
    this.ended = container.exited.then(() => this.#gone.abort());
  }

  /** Somebody ends it: that it ends is no fault of its own. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Resolves once neko takes calls. @throws Problem UNAVAILABLE when it ends or the signal aborts before */
  async up(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, this.#gone.signal]);
    const looked = async () => (await isUp(this.#seat, limit)) || undefined;
    await poll(looked, LOOK_MS, limit, () => this.#notUp());
  }

  /** Lets a page in; what goes wrong is told to it. */
  async join(viewer: LiveViewer): Promise<void> {
    try {
      await viewer.join(this.#source());
    } catch {
      viewer.sendAway(CLOSE.RESTART, "The live video doesn't answer; it is started again.");
      if (!this.#gone.signal.aborted) this.#given.wedged(this);
    }
  }

  /** neko alone is started again; the browser stays, and all who watch come again. False: that didn't work. */
  restart(): Promise<boolean> {
    this.#restarts++;
    return this.#container.exec(RESTART).then(
      ({ code }) => code === 0,
      () => false,
    );
  }

  async shown(): Promise<void> {
    const limit = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(SHOWN_MS)]);
    const isThere = () => isScreenThere(this.#seat) || undefined;
    await poll(isThere, LOOK_MS, limit, () => this.#notShown());
  }

  async debuggingPort(): Promise<number> {
    return NEKO_CDP_PORT;
  }

  async renewBrowser(): Promise<void> {
    const limit = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(RENEW_MS)]);
    const isAsked = await this.#container.exec(RESTART_BROWSER).then(
      ({ code }) => code === 0,
      () => false,
    );
    if (!isAsked) throw notRenewed(this.#seat);
    const looked = async () => (await this.#takesDebuggers()) || undefined;
    await poll(looked, LOOK_MS, limit, () => notRenewed(this.#seat));
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The browser first: it writes down its profile. */
  async #end(): Promise<void> {
    const stopped = this.#container.exec(STOP_ALL).catch(() => {});
    await Promise.race([stopped, this.#container.exited, Bun.sleep(GENTLE_MS)]);
    this.#container.kill();
    await this.#container.exited;
    await clearScreen(this.#seat);
  }

  async #takesDebuggers(): Promise<boolean> {
    const socket = await this.#seat.dial(NEKO_CDP_PORT).catch(() => undefined);
    socket?.close();
    return socket !== undefined;
  }

  #source(): LiveSource {
    let restarts = this.#restarts;
    return {
      iceServers: this.#given.settings.iceServers,
      secrets: this.#secrets,
      provideMs: this.#given.provideMs,
      open: async (listener, isWanted) => {
        const socket = await enter(this.#door, listener, isWanted);
        restarts = this.#restarts;
        return socket;
      },
      // The end of one that was started again since may not have come through yet.
      wedged: () => void (restarts === this.#restarts && this.#given.wedged(this)),
      mayLinger: (viewer) => {
        this.#lingering ??= viewer;
        return this.#lingering === viewer;
      },
      lingered: (viewer) => {
        if (this.#lingering === viewer) this.#lingering = undefined;
      },
    };
  }

  #notUp(): Problem {
    return new Problem("UNAVAILABLE", `The live video of seat ${seatName(this.#seat.seat)} didn't start.`);
  }

  #notShown(): Problem {
    return new Problem(
      "UNAVAILABLE",
      `The pictures of seat ${seatName(this.#seat.seat)}'s browser don't come: open the preview again, or take the live video.`,
    );
  }
}
