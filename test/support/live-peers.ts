import type { Page } from "playwright-core";

/** A page that `keepPeers` was put into. */
export type KeptPeers = typeof globalThis & { peers: RTCPeerConnection[] };

/** What the newest peer of a page got. */
export interface Received {
  /** `udp` or `tcp`. */
  by: string | undefined;
  /** Pictures. */
  frames: number;
  /** Of sound: bytes, and how loud they were together. */
  audio: { bytes: number; energy: number };
}

/** In the page, before it begins. */
export function keepPeers(): void {
  const kept = globalThis as KeptPeers;
  kept.peers = [];
  kept.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      kept.peers.push(this);
    }
  };
}

/** @param page one that `keepPeers` was put into */
export const received = (page: Page): Promise<Received> =>
  page.evaluate(async () => {
    const stats = await (globalThis as KeptPeers).peers.at(-1)?.getStats();
    const all = [...(stats?.values() ?? [])];
    const chosen = stats?.get(all.find(({ type }) => type === "transport")?.selectedCandidatePairId);
    const media = (of: string) => all.find(({ type, kind }) => type === "inbound-rtp" && kind === of);
    return {
      by: stats?.get(chosen?.localCandidateId)?.protocol,
      frames: media("video")?.framesDecoded ?? 0,
      audio: { bytes: media("audio")?.bytesReceived ?? 0, energy: media("audio")?.totalAudioEnergy ?? 0 },
    };
  });
