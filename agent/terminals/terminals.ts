import { CLOSE } from "../contract/close.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import { TERMINAL_V1 } from "../contract/terminal.ts";
import type { SeatHandle } from "../seats/seat.ts";
import type { InputLedger } from "./ledger.ts";
import { NumberedWire } from "./numbered.ts";
import { PlainWire } from "./plain.ts";
import { type Leaving, type SeatPages, Viewer } from "./viewer.ts";

/** Each viewer is a tmux client: a process, and one more screen that tmux draws. A learner has two or three, an instructor one. */
export const VIEWERS_PER_SEAT = 16;

/** All open terminals of a machine. */
export class Terminals {
  readonly #ledger: InputLedger;
  /** The viewers of each seat, and the page of each that said hello. */
  readonly #seats = new Map<number, Map<Viewer, string | undefined>>();
  readonly #leaving = new Set<Promise<void>>();
  /** By seat and page: what the page typed before it left is still being written. */
  readonly #flushing = new Map<string, Promise<void>>();

  constructor(ledger: InputLedger) {
    this.#ledger = ledger;
  }

  /** A socket that was just opened. @param protocol `clarateach.v1` where that was agreed on; else it speaks plain JSON */
  view(seat: SeatHandle, peer: Peer, protocol?: string): PeerHandler {
    const wire = protocol === TERMINAL_V1 ? new NumberedWire() : new PlainWire();
    const viewer: Viewer = new Viewer(
      seat,
      peer,
      wire,
      this.#pagesOf(seat.seat, () => viewer),
    );
    if (this.viewers(seat.seat) >= VIEWERS_PER_SEAT)
      viewer.cut(CLOSE.TOO_MANY, `more than ${VIEWERS_PER_SEAT} terminals of one seat`);
    else this.#joined(seat.seat, viewer);
    return viewer;
  }

  /** Open terminal sockets of a seat. */
  viewers(seat: number): number {
    return this.#seats.get(seat)?.size ?? 0;
  }

  /** Resolves when the terminals of all who left are closed and what they typed is with their shells: at most some seconds. */
  async settled(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
  }

  #joined(seat: number, viewer: Viewer): void {
    const viewers = this.#seats.get(seat) ?? new Map<Viewer, string | undefined>();
    this.#seats.set(seat, viewers.set(viewer, undefined));
    this.#tellCount(seat);
  }

  #left(seat: number, viewer: Viewer, { flushed, done }: Leaving): void {
    this.#leaving.add(done);
    void done.finally(() => this.#leaving.delete(done));
    const viewers = this.#seats.get(seat);
    const client = viewers?.get(viewer);
    if (client) this.#flush(pageOf(seat, client), flushed);
    if (!viewers?.delete(viewer)) return;
    if (viewers.size === 0) this.#seats.delete(seat);
    this.#tellCount(seat);
  }

  #tellCount(seat: number): void {
    const count = this.viewers(seat);
    for (const viewer of this.#seats.get(seat)?.keys() ?? []) viewer.viewers(count);
  }

  #pagesOf(seat: number, self: () => Viewer): SeatPages {
    return {
      arrive: (client) => this.#arrive(seat, self(), client),
      count: () => this.viewers(seat),
      taken: (client) => this.#ledger.taken(seat, client),
      take: (client, seq) => this.#ledger.take(seat, client, seq),
      left: (leaving) => this.#left(seat, self(), leaving),
    };
  }

  #flush(page: string, flushed: Promise<void>): void {
    const all = Promise.all([this.#flushing.get(page), flushed]).then(() => {
      if (this.#flushing.get(page) === all) this.#flushing.delete(page);
    });
    this.#flushing.set(page, all);
  }

  /**
   * A page has one socket: the one before is a dead line that nobody noticed yet, and must not go on typing. What it typed there comes
   * before what it types here.
   */
  async #arrive(seat: number, viewer: Viewer, client: string): Promise<void> {
    const viewers = this.#seats.get(seat);
    for (const [other, id] of [...(viewers ?? [])]) if (id === client) other.cut(1000, "this page came again");
    viewers?.set(viewer, client);
    await this.#flushing.get(pageOf(seat, client));
  }
}

const pageOf = (seat: number, client: string): string => `${seat}/${client}`;
