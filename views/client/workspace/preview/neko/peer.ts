/** What a `Peer` tells. */
export interface PeerEvents {
  /** To be sent to the other side. */
  onAnswer(sdp: string): void;
  onCandidate(candidate: RTCIceCandidateInit): void;
  onTrack(track: MediaStreamTrack): void;
  onChannel(channel: RTCDataChannel): void;
  /** No way through the network. */
  onFailed(): void;
  /** The other side's words make no sense, or there is no picture in them that this browser could show. */
  onUnusable(): void;
}

/** More ways to reach a machine than one has. */
const MOST_CANDIDATES = 64;

/** One attempt to get media: the other side offers, this one answers. Candidates may come before the offer. */
export class Peer {
  readonly #connection = new RTCPeerConnection();
  readonly #early: RTCIceCandidateInit[] = [];
  #candidates = 0;
  #offered = false;

  constructor(readonly events: PeerEvents) {
    const connection = this.#connection;
    connection.ontrack = ({ track, receiver }) => {
      // The picture is what one works with: as late as it must be, no later.
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      events.onTrack(track);
    };
    connection.ondatachannel = ({ channel }) => events.onChannel(channel);
    connection.onicecandidate = ({ candidate }) => candidate && events.onCandidate(candidate.toJSON());
    connection.onconnectionstatechange = () => connection.connectionState === "failed" && events.onFailed();
  }

  /** Whether it has its offer: a second one is for the same media. */
  get offered(): boolean {
    return this.#offered;
  }

  async provide(sdp: string, iceServers: RTCIceServer[]): Promise<void> {
    this.#offered = true;
    await this.#orUnusable(async () => this.#connection.setConfiguration({ iceServers }));
    await this.offer(sdp);
  }

  offer(sdp: string): Promise<void> {
    return this.#orUnusable(async () => {
      await this.#connection.setRemoteDescription({ type: "offer", sdp });
      for (const candidate of this.#early.splice(0)) await this.#add(candidate);
      await this.#connection.setLocalDescription();
      if (!this.#connection.getTransceivers().some(hasPicture)) throw new Error("there is no video that both sides know");
      this.events.onAnswer(this.#connection.localDescription?.sdp ?? "");
    });
  }

  async candidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (++this.#candidates > MOST_CANDIDATES) return;
    if (this.#connection.remoteDescription) await this.#add(candidate);
    else this.#early.push(candidate);
  }

  /** @returns pictures that were decoded so far */
  async decoded(): Promise<number> {
    let frames = 0;
    const stats = await this.#connection.getStats().catch(() => new Map());
    stats.forEach(({ type, kind, framesDecoded }) => {
      if (type === "inbound-rtp" && kind === "video") frames += framesDecoded ?? 0;
    });
    return frames;
  }

  close(): void {
    const connection = this.#connection;
    connection.ontrack = connection.ondatachannel = connection.onicecandidate = connection.onconnectionstatechange = null;
    connection.close();
  }

  /** One that can't be used is only one way less. */
  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  async #orUnusable(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch {
      if (this.#connection.signalingState !== "closed") this.events.onUnusable();
    }
  }
}

const hasPicture = ({ receiver, currentDirection }: RTCRtpTransceiver): boolean =>
  receiver.track.kind === "video" && (currentDirection === "recvonly" || currentDirection === "sendrecv");
