import type { Besides } from "./beside/besides.ts";
import type { DockerHost } from "./docker-host.ts";
import type { LiveSeats } from "./live.ts";
import { machineLabels, SEAT_LABEL } from "./names.ts";

/** Between looks whether somebody flushed the machine's firewall: until then seats reach everything. A look takes 10 ms. */
const FIREWALL_LOOK_MS = 3000;
/** Before the daemon is asked again whether it is back. */
const DAEMON_LOOK_MS = 500;
/** Of all that Docker tells, what changes whether a seat is there. */
const TELLING: ReadonlySet<string> = new Set(["die", "destroy", "start"]);

/** What happens without us: containers end, the daemon goes and comes back, somebody flushes the firewall. */
export class Watch {
  readonly #closing = new AbortController();
  readonly #timer: Timer;
  #looking = false;

  /** @param tell called when a seat may have changed */
  constructor(
    readonly host: DockerHost,
    readonly live: LiveSeats,
    readonly besides: Besides,
    readonly tell: () => void,
  ) {
    void this.#follow();
    this.#timer = setInterval(() => void this.#keepFirewall(), FIREWALL_LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closing.abort();
    clearInterval(this.#timer);
  }

  /** As long as the daemon lives, it tells; when it comes back after an absence, everything is looked at again. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    for (let first = true; !signal.aborted; first = false) {
      try {
        if (!first) await this.#daemonIsBack();
        await this.#listen(signal);
      } catch {
        // Asked again below.
      }
      if (!signal.aborted) await Bun.sleep(DAEMON_LOOK_MS);
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    for await (const { Action, Actor } of this.host.docker.events(machineLabels(this.host.name), signal)) {
      const seat = Number(Actor.Attributes[SEAT_LABEL]);
      // A builder's.
      if (!Number.isInteger(seat) || !TELLING.has(Action)) continue;
      if (Action === "start") await this.live.find(seat).catch(() => {});
      else await this.#ended(seat, Actor.ID);
      this.tell();
    }
  }

  /** What was beside it has a network by which nothing comes any more. */
  async #ended(seat: number, container: string): Promise<void> {
    if (await this.live.ended(seat, container)) void this.besides.end(seat);
  }

  async #daemonIsBack(): Promise<void> {
    await this.host.docker.version();
    await this.host.wall.mend();
    await this.live.check();
    await this.live.resume();
    this.tell();
  }

  /** One look at a time: a slow one is no reason for two. */
  async #keepFirewall(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    // What fails now is tried at the next look.
    await this.host.wall.mend().catch(() => {});
    this.#looking = false;
  }
}
