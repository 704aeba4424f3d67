import { setTimeout as pause } from "node:timers/promises";
import { Problem } from "../contract/errors.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { type Browser, endGently, startBrowser } from "./browser.ts";
import type { Owner } from "./owner.ts";
import { findPrograms, type ProgramSource, previewFeature } from "./programs.ts";
import { notRenewed } from "./restarts.ts";
import { clearScreen, type Screen, startScreen } from "./screen.ts";
import { poll } from "./waiting.ts";

/** A browser that ends at once is started again ever more slowly. */
export const RESTART_FIRST_MS = 250;
const RESTART_MOST_MS = 10_000;

/** One that was up this long didn't fail to start: somebody closed its last window. */
const LIVED_MS = 10_000;

/** Chromium needs 0.3 s to end well; without a screen it ends at once, and an agent that leaves has little time. */
const GENTLE_MS = 400;

/** `keepBrowsing` waits between two, at most that long. */
const RENEW_MS = RESTART_MOST_MS + 5000;
const LOOK_MS = 50;

/**
 * The seat's own screen, with a browser on it as long as it stays: resolves once the screen is up.
 * @param trouble what went wrong that nobody waits for  @throws Problem UNAVAILABLE when programs are missing or the screen doesn't start
 */
export async function startOwn(seat: SeatHandle, source: ProgramSource, trouble: (error: unknown) => void): Promise<Owner> {
  const programs = findPrograms(source);
  if (!programs) throw missing(source);
  const screen = await startScreen(seat, programs);
  const own = new Own(seat, screen, programs.browser, trouble);
  void own.keepBrowsing();
  return own;
}

class Own implements Owner {
  readonly ended: Promise<void>;
  readonly #seat: SeatHandle;
  readonly #screen: Screen;
  readonly #command: string;
  readonly #trouble: (error: unknown) => void;
  readonly #stopped = new AbortController();
  #browser: Promise<Browser>;

  constructor(seat: SeatHandle, screen: Screen, command: string, trouble: (error: unknown) => void) {
    this.#seat = seat;
    this.#screen = screen;
    this.#command = command;
    this.#trouble = trouble;
    this.ended = screen.program.exited.then(() => {});
    this.#browser = this.#browse();
  }

  /** Not before there is something on it: until then the page says that the browser is starting. */
  async shown(): Promise<void> {
    await this.#browser;
  }

  async debuggingPort(): Promise<number> {
    return (await this.#browser).port;
  }

  async renewBrowser(): Promise<void> {
    const before = this.#browser;
    const { program } = (await before.catch(() => undefined)) ?? {};
    if (program) await endGently(this.#seat, program).catch(this.#trouble);
    program?.kill();
    const limit = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(RENEW_MS)]);
    const next = () => (this.#browser === before ? undefined : { browser: this.#browser });
    const { browser } = await poll(next, LOOK_MS, limit, () => notRenewed(this.#seat));
    await browser;
  }

  /** The browser first: it writes down its profile, and doesn't learn of it by losing its screen. */
  async end(): Promise<void> {
    this.#stopped.abort();
    const browser = await this.#browser.catch(() => undefined);
    browser?.program.kill();
    await Promise.race([browser?.program.exited, Bun.sleep(GENTLE_MS)]);
    this.#screen.program.kill();
    await browser?.program.exited;
    await this.#screen.program.exited;
    await clearScreen(this.#seat);
  }

  /** As long as the screen stays, there is a browser on it. */
  async keepBrowsing(): Promise<void> {
    const { signal } = this.#stopped;
    for (let wait = RESTART_FIRST_MS; !signal.aborted; wait = Math.min(wait * 2, RESTART_MOST_MS)) {
      const started = Date.now();
      const browser = await this.#browser.catch((error: unknown) => {
        if (!signal.aborted) this.#trouble(error);
      });
      await browser?.program.exited;
      if (Date.now() - started > LIVED_MS) wait = RESTART_FIRST_MS;
      await pause(wait, undefined, { signal }).catch(() => {});
      if (!signal.aborted) this.#browser = this.#browse();
    }
  }

  #browse(): Promise<Browser> {
    const browser = startBrowser(this.#seat, this.#command, this.#screen, this.#stopped.signal);
    // Whoever waits for it hears of it; nobody may.
    browser.catch(() => {});
    return browser;
  }
}

function missing(source: ProgramSource): Problem {
  const feature = previewFeature(source);
  const text = feature.available
    ? "The preview's programs were just installed: open it again."
    : `${feature.reason} ${feature.fix}`;
  return new Problem("UNAVAILABLE", text);
}
