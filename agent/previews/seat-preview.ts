import { setTimeout as pause } from "node:timers/promises";
import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import { once } from "../contract/once.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { SeatHandle, SeatSocket } from "../seats/seat.ts";
import { type Bridge, bridge } from "./bridge.ts";
import { type Browser, startBrowser } from "./browser.ts";
import { listenForDebugging } from "./debugging.ts";
import { findPrograms, type ProgramSource, previewFeature } from "./programs.ts";
import { clearScreen, type Screen, socketPath, startScreen } from "./screen.ts";

export interface PreviewOptions {
  /** `PATH` where the programs are looked for. */
  path?: string | undefined;
  /** The programs are in the image that seats are made from. */
  inImage?: boolean;
  /** Without viewers and debugging connections it ends after this; the next one starts it again. */
  idleMs?: number;
  /** The first program connected to the seat's browser, or the last one left. */
  onDriven?: (seat: number, driven: boolean) => void;
  /** What went wrong that nobody waits for. */
  onTrouble?: (error: unknown) => void;
}

/** Long enough to look something up elsewhere and come back; a browser that nobody uses costs 400 MB. */
const IDLE_MS = 10 * 60 * 1000;

/** A browser that ends at once is started again ever more slowly. */
const RESTART_FIRST_MS = 250;
const RESTART_MOST_MS = 10_000;

/** One that was up this long didn't fail to start: somebody closed its last window. */
const LIVED_MS = 10_000;

/** A script that connects while the browser is started again waits; one whose browser can't start gets that as an answer. */
const DIAL_MS = 15_000;

/** Chromium needs 0.3 s to end well; without a screen it ends at once, and an agent that leaves has little time. */
const GENTLE_MS = 400;

interface Running {
  screen: Screen;
  browser: Promise<Browser>;
  /** Aborted when it ends, also while the browser is still coming up. */
  stopped: AbortController;
}

/** The screen and browser of one seat: started when first used, ended when nobody uses them. */
export class SeatPreview {
  readonly #seat: SeatHandle;
  readonly #options: PreviewOptions;
  #running: Promise<Running> | undefined;
  #ending: Promise<void>;
  #users = 0;
  /** Connections of programs, among the users. */
  #drivers = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #stopListening: (() => void) | undefined;

  /** @param before what must have ended first: the preview of the seat's last generation */
  constructor(seat: SeatHandle, options: PreviewOptions, before: Promise<void>) {
    this.#seat = seat;
    this.#options = options;
    this.#ending = before;
  }

  /** Takes the seat's debugging port; what went wrong is reported, and tried again when the preview is opened. */
  listen(): void {
    if (this.#stopListening || this.#closed || this.#seat.cdpPort === 0) return;
    try {
      this.#stopListening = listenForDebugging(this.#seat, {
        dial: () => this.#dial(),
        use: () => this.#drive(),
      });
    } catch (error) {
      this.#options.onTrouble?.(error);
    }
  }

  view(peer: Peer): PeerHandler {
    this.listen();
    const screen = bridge(peer, this.#use());
    this.#show(screen).catch((error: unknown) => {
      screen.close();
      if (isAway(error)) return peer.close(CLOSE.RESTART, "The screen ended; it is started again.");
      peer.close(CLOSE.NOT_READY, error instanceof Problem ? error.message : "The preview didn't start: open it again.");
      if (!(error instanceof Problem)) this.#options.onTrouble?.(error);
    });
    return screen;
  }

  /** Not before there is something on it: until then the page says that the browser is starting. */
  async #show(screen: Bridge): Promise<void> {
    const { browser } = await this.#run();
    await browser;
    await screen.connect(socketPath(this.#seat), this.#seat.owner.uid);
  }

  /** Ends its programs and gives the port back; resolves once nothing of it is left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#idle);
    await this.#stop();
  }

  /** Also while the browser is just being started again. */
  async #dial(): Promise<SeatSocket> {
    for (let end = Date.now() + DIAL_MS; ; ) {
      const running = await this.#run();
      try {
        return await this.#seat.dial((await running.browser).port);
      } catch (error) {
        if (Date.now() > end || this.#closed) throw error;
        await Bun.sleep(RESTART_FIRST_MS);
      }
    }
  }

  #drive(): () => void {
    const leave = this.#use();
    if (++this.#drivers === 1) this.#options.onDriven?.(this.#seat.seat, true);
    return once(() => {
      if (--this.#drivers === 0) this.#options.onDriven?.(this.#seat.seat, false);
      leave();
    });
  }

  #use(): () => void {
    this.#users++;
    clearTimeout(this.#idle);
    return once(() => {
      this.#users--;
      if (this.#users === 0 && !this.#closed) this.#idle = setTimeout(() => void this.#stop(), this.#options.idleMs ?? IDLE_MS);
    });
  }

  #run(): Promise<Running> {
    if (this.#closed) return Promise.reject(new Problem("NOT_RUNNING", "This seat's preview has ended."));
    this.#running ??= this.#start();
    return this.#running;
  }

  async #start(): Promise<Running> {
    try {
      await this.#ending;
      const programs = findPrograms(sourceOf(this.#options));
      if (!programs) throw missing(sourceOf(this.#options));
      const screen = await startScreen(this.#seat, programs);
      const stopped = new AbortController();
      const running: Running = { screen, browser: this.#browse(programs.browser, screen, stopped.signal), stopped };
      void screen.program.exited.then(() => this.#screenEnded(running));
      void this.#keepBrowsing(running, programs.browser);
      return running;
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
  }

  #browse(command: string, screen: Screen, signal: AbortSignal): Promise<Browser> {
    const browser = startBrowser(this.#seat, command, screen, signal);
    // Whoever waits for it hears of it; nobody may.
    browser.catch(() => {});
    return browser;
  }

  /** As long as the screen stays, there is a browser on it. */
  async #keepBrowsing(running: Running, command: string): Promise<void> {
    const { signal } = running.stopped;
    for (let wait = RESTART_FIRST_MS; !signal.aborted; wait = Math.min(wait * 2, RESTART_MOST_MS)) {
      const started = Date.now();
      const browser = await running.browser.catch((error: unknown) => {
        if (!signal.aborted) this.#options.onTrouble?.(error);
      });
      await browser?.program.exited;
      if (Date.now() - started > LIVED_MS) wait = RESTART_FIRST_MS;
      await pause(wait, undefined, { signal }).catch(() => {});
      if (!signal.aborted) running.browser = this.#browse(command, running.screen, signal);
    }
  }

  /** Its viewers' sockets close by themselves; the next use starts everything anew. */
  #screenEnded(running: Running): void {
    if (running.stopped.signal.aborted) return;
    this.#running = undefined;
    this.#ending = this.#end(running);
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running) this.#ending = running.then((one) => this.#end(one)).catch(() => {});
    await this.#ending;
  }

  /** The browser first: it writes down its profile, and doesn't learn of it by losing its screen. */
  async #end(running: Running): Promise<void> {
    running.stopped.abort();
    const browser = await running.browser.catch(() => undefined);
    browser?.program.kill();
    await Promise.race([browser?.program.exited, Bun.sleep(GENTLE_MS)]);
    running.screen.program.kill();
    await browser?.program.exited;
    await running.screen.program.exited;
    await clearScreen(this.#seat);
  }
}

/** Nobody takes calls behind the screen's socket: it is just ending, or has more viewers at once than it takes. They come again. */
const NOT_TAKING_CALLS = ["ECONNREFUSED", "ECONNRESET", "ENOENT", "EAGAIN"];
const isAway = (error: unknown): boolean => NOT_TAKING_CALLS.includes((error as { code?: string }).code ?? "");

export const sourceOf = ({ path, inImage }: PreviewOptions): ProgramSource => (inImage ? "image" : { path });

function missing(source: ProgramSource): Problem {
  const feature = previewFeature(source);
  const text = feature.available
    ? "The preview's programs were just installed: open it again."
    : `${feature.reason} ${feature.fix}`;
  return new Problem("UNAVAILABLE", text);
}
