import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { NekoSettings } from "../contract/neko.ts";
import { once } from "../contract/once.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { SeatHandle, SeatSocket } from "../seats/seat.ts";
import { type Bridge, bridge } from "./bridge.ts";
import { listenForDebugging } from "./debugging.ts";
import { LiveViewer } from "./neko/live-viewer.ts";
import { Neko } from "./neko/neko.ts";
import { RESTART_FIRST_MS } from "./own.ts";
import { Owners } from "./owners.ts";
import type { ProgramSource } from "./programs.ts";
import { Restarts } from "./restarts.ts";
import { socketPath } from "./screen.ts";
import { UsedBrowser } from "./used-browser.ts";

export interface PreviewOptions {
  /** `PATH` where the programs are looked for. */
  path?: string | undefined;
  /** The programs are in the image that seats are made from. */
  inImage?: boolean;
  /** neko shall run the browsers of seats that can have it. */
  neko?: NekoSettings | undefined;
  /** How long neko's answer is waited for, in milliseconds; missing: as long as people would. */
  provideMs?: number;
  /** Without viewers and debugging connections it ends after this; the next one starts it again. */
  idleMs?: number;
  /** The first program connected to the seat's browser, or the last one left. */
  onDriven?: (seat: number, driven: boolean) => void;
  /** What went wrong that nobody waits for. */
  onTrouble?: (error: unknown) => void;
}

/** A script that connects while the browser is started again waits; one whose browser can't start gets that as an answer. */
const DIAL_MS = 15_000;

/** The ways to the screen and browser of one seat: for pages, and for programs that drive it. */
export class SeatPreview {
  readonly #seat: SeatHandle;
  readonly #options: PreviewOptions;
  readonly #owners: Owners;
  readonly #browser: UsedBrowser;
  readonly #restarts = new Restarts();
  /** Connections of programs, among those that use it. */
  #drivers = 0;
  #stopListening: (() => void) | undefined;

  /** @param before what must have ended first: the preview of the seat's last generation */
  constructor(seat: SeatHandle, options: PreviewOptions, before: Promise<void>) {
    this.#seat = seat;
    this.#options = options;
    const { neko, provideMs, idleMs } = options;
    const trouble = (error: unknown) => options.onTrouble?.(error);
    this.#owners = new Owners(seat, { source: sourceOf(options), neko, provideMs, trouble });
    this.#browser = new UsedBrowser(this.#owners, { idleMs, trouble }, before);
  }

  /** Takes the seat's debugging port; what went wrong is reported, and tried again when the preview is opened. */
  listen(): void {
    if (this.#stopListening || this.#browser.isClosed || this.#seat.cdpPort === 0) return;
    try {
      this.#stopListening = listenForDebugging(this.#seat, {
        dial: () => this.#dial(),
        use: () => this.#drive(),
      });
    } catch (error) {
      this.#options.onTrouble?.(error);
    }
  }

  /** Why there is no live video though it was asked for, a sentence; undefined: there is, or nobody asked. */
  get whyNoNeko(): string | undefined {
    return this.#owners.whyNot;
  }

  view(peer: Peer): PeerHandler {
    this.listen();
    const screen = bridge(peer, this.#browser.use());
    this.#show(screen).catch((error: unknown) => {
      screen.close();
      if (isAway(error)) return peer.close(CLOSE.RESTART, "The screen ended; it is started again.");
      peer.close(CLOSE.NOT_READY, error instanceof Problem ? error.message : "The preview didn't start: open it again.");
      if (!(error instanceof Problem)) this.#options.onTrouble?.(error);
    });
    return screen;
  }

  /** Live video by neko's signalling. */
  live(peer: Peer): PeerHandler {
    this.listen();
    const viewer = new LiveViewer(peer, this.#browser.use());
    this.#join(viewer).catch((error: unknown) => {
      viewer.sendAway(CLOSE.NOT_READY, error instanceof Problem ? error.message : "The preview didn't start: open it again.");
      if (!(error instanceof Problem)) this.#options.onTrouble?.(error);
    });
    return viewer;
  }

  /**
   * The browser's pages are gone, its profile stays; resolves once the new one is up.
   * @throws Problem NOT_RUNNING when there is none, STATE_CONFLICT or RATE_LIMITED when it is just being done or was, UNAVAILABLE when it doesn't come up
   */
  async restart(): Promise<void> {
    const { running } = this.#browser;
    if (!running) throw new Problem("NOT_RUNNING", "Your browser isn't running: open the preview.");
    await this.#restarts.run(async () => (await running).renewBrowser());
  }

  /** Where the seat's own browser runs, or will, nobody is made to wait for it. */
  async #join(viewer: LiveViewer): Promise<void> {
    const owner = this.#owners.whyNot === undefined && this.#options.neko ? await this.#browser.run() : undefined;
    if (owner instanceof Neko) return owner.join(viewer);
    viewer.sendAway(CLOSE.OTHER_WAY, this.#owners.whyNot ?? "This machine shows browsers by pictures: it has no neko.");
  }

  async #show(screen: Bridge): Promise<void> {
    const owner = await this.#browser.run();
    await owner.shown();
    await screen.connect(socketPath(this.#seat), this.#seat.owner.uid);
  }

  /** Ends its programs and gives the port back; resolves once nothing of it is left. */
  async close(): Promise<void> {
    const ended = this.#browser.close();
    this.#stopListening?.();
    this.#stopListening = undefined;
    await ended;
  }

  /** Also while the browser is just being started again. */
  async #dial(): Promise<SeatSocket> {
    for (let end = Date.now() + DIAL_MS; ; ) {
      const owner = await this.#browser.run();
      try {
        return await this.#seat.dial(await owner.debuggingPort());
      } catch (error) {
        if (Date.now() > end || this.#browser.isClosed) throw error;
        await Bun.sleep(RESTART_FIRST_MS);
      }
    }
  }

  #drive(): () => void {
    const leave = this.#browser.use();
    if (++this.#drivers === 1) this.#options.onDriven?.(this.#seat.seat, true);
    return once(() => {
      if (--this.#drivers === 0) this.#options.onDriven?.(this.#seat.seat, false);
      leave();
    });
  }
}

/** Nobody takes calls behind the screen's socket: it is just ending, or has more viewers at once than it takes. They come again. */
const NOT_TAKING_CALLS = ["ECONNREFUSED", "ECONNRESET", "ENOENT", "EAGAIN"];
const isAway = (error: unknown): boolean => NOT_TAKING_CALLS.includes((error as { code?: string }).code ?? "");

export const sourceOf = ({ path, inImage }: PreviewOptions): ProgramSource => (inImage ? "image" : { path });
