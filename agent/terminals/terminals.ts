import { CLOSE } from "../contract/close.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import { MAIN, TERMINAL_V1 } from "../contract/terminal.ts";
import type { SeatHandle } from "../seats/seat.ts";
import type { InputLedger } from "./ledger.ts";
import { NumberedWire } from "./numbered.ts";
import { PlainWire } from "./plain.ts";
import { Sessions } from "./sessions.ts";
import { type Leaving, type SeatPages, Viewer } from "./viewer.ts";

/** Each viewer is a tmux client: a process, and one more screen that tmux draws. Two pages may each show all eight terminals. */
export const VIEWERS_PER_SEAT = 16;

/** What terminals know of the seats that they are in. */
export interface SeatLives {
  isOpen(seat: number): boolean;
  life(seat: number): string | undefined;
}

/** What one socket looks at. */
interface Look {
  terminal: string;
  /** Its page, once it said hello; a plain client is a page by itself. */
  page?: string;
}

/** All open terminals of a machine. */
export class Terminals {
  readonly sessions = new Sessions((seat) => this.#tell(seat, (viewer) => viewer.terminals()));
  readonly #ledger: InputLedger;
  readonly #lives: SeatLives;
  readonly #seats = new Map<number, Map<Viewer, Look>>();
  /** Seats whose browser a program of theirs uses. */
  readonly #driven = new Set<number>();
  readonly #leaving = new Set<Promise<void>>();
  /** By seat, terminal and page: what the page typed before it left is still being written. */
  readonly #flushing = new Map<string, Promise<void>>();

  constructor(ledger: InputLedger, lives: SeatLives) {
    this.#ledger = ledger;
    this.#lives = lives;
  }

  /** A socket that was just opened. @param protocol `clarateach.v1` where that was agreed on; else it speaks plain JSON */
  view(seat: SeatHandle, peer: Peer, protocol?: string, terminal = MAIN): PeerHandler {
    const plain = protocol !== TERMINAL_V1;
    const viewer: Viewer = new Viewer(
      peer,
      plain ? new PlainWire() : new NumberedWire(),
      this.#pagesOf(seat, terminal, () => viewer),
    );
    if (this.viewers(seat.seat) >= VIEWERS_PER_SEAT) viewer.cut(CLOSE.TOO_MANY, TOO_MANY);
    else this.#joined(seat.seat, viewer, { terminal, ...(plain ? { page: crypto.randomUUID() } : {}) });
    return viewer;
  }

  /** Open terminal sockets of a seat. */
  viewers(seat: number): number {
    return this.#seats.get(seat)?.size ?? 0;
  }

  /** A program of the seat uses its browser, or no more. Its pages hear of it when one begins. */
  setDriven(seat: number, driven: boolean): void {
    if (!driven) return void this.#driven.delete(seat);
    this.#driven.add(seat);
    this.#tell(seat, (viewer) => viewer.driven());
  }

  /** Resolves when the terminals of all who left are closed and what they typed is with their shells: at most some seconds. */
  async settled(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
  }

  #joined(seat: number, viewer: Viewer, look: Look): void {
    const viewers = this.#seats.get(seat) ?? new Map<Viewer, Look>();
    this.#seats.set(seat, viewers.set(viewer, look));
    if (look.page) this.#tellCount(seat);
  }

  #left(seat: number, viewer: Viewer, { flushed, done }: Leaving): void {
    this.#leaving.add(done);
    void done.finally(() => this.#leaving.delete(done));
    const viewers = this.#seats.get(seat);
    const look = viewers?.get(viewer);
    if (look?.page) this.#flush(lineOf(seat, look.terminal, look.page), flushed);
    if (!viewers?.delete(viewer)) return;
    if (viewers.size === 0) this.#seats.delete(seat);
    this.#tellCount(seat);
  }

  /** However many terminals a page shows, it is one. */
  #pages(seat: number): number {
    const pages = [...(this.#seats.get(seat)?.values() ?? [])].map(({ page }) => page);
    return new Set(pages.filter((page) => page !== undefined)).size;
  }

  #tellCount(seat: number): void {
    const count = this.#pages(seat);
    this.#tell(seat, (viewer) => viewer.viewers(count));
  }

  #tell(seat: number, say: (viewer: Viewer) => void): void {
    for (const viewer of this.#seats.get(seat)?.keys() ?? []) say(viewer);
  }

  #pagesOf(handle: SeatHandle, terminal: string, self: () => Viewer): SeatPages {
    const { seat } = handle;
    return {
      attach: async (size) => {
        await this.sessions.ensure(handle, terminal);
        return handle.attach(size, terminal);
      },
      arrive: (client) => this.#arrive(seat, terminal, self(), client),
      count: () => this.#pages(seat),
      driven: () => this.#driven.has(seat),
      isOpen: () => this.#lives.isOpen(seat),
      life: () => this.#lives.life(seat),
      taken: (client) => this.#ledger.taken(seat, keyOf(terminal, client)),
      take: (client, seq) => this.#ledger.take(seat, keyOf(terminal, client), seq),
      exited: () => this.sessions.forget(seat, terminal),
      left: (leaving) => this.#left(seat, self(), leaving),
    };
  }

  #flush(line: string, flushed: Promise<void>): void {
    const all = Promise.all([this.#flushing.get(line), flushed]).then(() => {
      if (this.#flushing.get(line) === all) this.#flushing.delete(line);
    });
    this.#flushing.set(line, all);
  }

  /**
   * A page has one socket a terminal: the one before is a dead line that nobody noticed yet, and must not go on typing. What it typed there comes
   * before what it types here.
   */
  async #arrive(seat: number, terminal: string, viewer: Viewer, page: string): Promise<void> {
    const viewers = this.#seats.get(seat);
    for (const [other, look] of [...(viewers ?? [])])
      if (look.page === page && look.terminal === terminal) other.cut(1000, "this page came again");
    if (viewers?.has(viewer)) viewers.set(viewer, { terminal, page });
    this.#tellCount(seat);
    await this.#flushing.get(lineOf(seat, terminal, page));
  }
}

const TOO_MANY = `This seat’s terminals are shown ${VIEWERS_PER_SEAT} times already. Close a browser tab that shows them.`;

const lineOf = (seat: number, terminal: string, page: string): string => `${seat}/${terminal}/${page}`;

/** A page counts its input in each terminal; the ledger's file has room for eight bytes of a name. */
const keyOf = (terminal: string, client: string): string =>
  terminal === MAIN
    ? client
    : new Bun.CryptoHasher("sha256").update(`${terminal}/${client}`).digest("hex").slice(0, client.length);
