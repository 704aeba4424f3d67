import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { PreviewFeature } from "../contract/session.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { previewFeature } from "./programs.ts";
import { type PreviewOptions, SeatPreview, sourceOf } from "./seat-preview.ts";

/** The live browsers of a machine's seats. */
export interface Previews {
  /** Looks anew at each call, so that installing what is missing helps at once. */
  feature(): PreviewFeature;
  /** The same for a seat's page, with the ways to see it and why one is missing. */
  seatFeature(seat: number): PreviewFeature;
  /** The seat is ready: programs in its shell may reach `CLARATEACH_CDP_URL` from now on. Nothing is started yet. Safe to repeat. */
  openSeat(seat: SeatHandle): void;
  /** A viewer's socket, RFB in binary frames as noVNC speaks it. */
  view(seat: SeatHandle, peer: Peer): PeerHandler;
  /** A viewer's socket by neko's signalling, its own events as JSON in text frames; without neko it is closed with a sentence. */
  live(seat: SeatHandle, peer: Peer): PeerHandler;
  /**
   * Ends the seat's browser and starts it again with the same profile, whoever runs it: answers once the new one is up. Its pages are gone.
   * @throws Problem NOT_RUNNING when nobody opened it, STATE_CONFLICT while one goes on, RATE_LIMITED when that was just done, UNAVAILABLE
   */
  restart(seat: SeatHandle): Promise<Response>;
  /** Ends the seat's screen and browser and gives its port back; resolves once nothing of them is left. Safe to repeat. */
  closeSeat(seat: number): Promise<void>;
  /** The same for all seats. */
  close(): Promise<void>;
}

export function openPreviews(options: PreviewOptions = {}): Previews {
  const bySeat = new Map<number, { generation: number; preview: SeatPreview }>();

  function of(seat: SeatHandle): SeatPreview {
    const known = bySeat.get(seat.seat);
    if (known?.generation === seat.generation) return known.preview;
    // A seat's work may outlive its generation (a moved learner); its programs and port don't.
    const before = known?.preview.close() ?? Promise.resolve();
    const preview = new SeatPreview(seat, options, before);
    bySeat.set(seat.seat, { generation: seat.generation, preview });
    return preview;
  }

  async function closeSeat(seat: number): Promise<void> {
    const known = bySeat.get(seat);
    bySeat.delete(seat);
    await known?.preview.close();
  }

  function seatFeature(seat: number): PreviewFeature {
    const feature = previewFeature(sourceOf(options));
    if (!feature.available || !options.neko) return feature;
    const neko = bySeat.get(seat)?.preview.whyNoNeko;
    return { available: true, ...(neko === undefined ? { viewers: ["neko", "vnc"] } : { viewers: ["vnc"], neko }) };
  }

  return {
    feature: () => previewFeature(sourceOf(options)),
    seatFeature,
    openSeat: (seat) => of(seat).listen(),
    view: (seat, peer) => of(seat).view(peer),
    live: (seat, peer) => of(seat).live(peer),
    restart: async (seat) => {
      await of(seat).restart();
      return Response.json({ restarted: true });
    },
    closeSeat,
    close: async () => void (await Promise.all([...bySeat.keys()].map(closeSeat))),
  };
}
