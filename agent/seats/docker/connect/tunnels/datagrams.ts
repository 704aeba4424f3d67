import type { udp } from "bun";
import type { DatagramEnd } from "./endpoint.ts";
import type { Side } from "./sides.ts";

type UdpSocket = udp.Socket<"buffer">;

/** Who sends at once, each by a socket of her own; one more, and whoever was silent longest is forgotten. A resolver asks from a new port each time. */
const PEERS = 256;
/** As long as routers remember who sent a datagram. */
const SILENT_MS = 60_000;
const SWEEP_MS = 10_000;
/** What comes before a peer's socket is there. */
const EARLY = 8;
/**
 * Datagrams of both directions in a window. A flood would hold the agent's loop: beyond that the tunnel is closed until the window is over.
 * That is 14 MB a second in usual packets.
 */
export const IN_A_WINDOW = 1000;
export const WINDOW_MS = 100;
/** As many count for somebody new: her socket has to be made. */
const NEW = 10;

interface Peer {
  /** Undefined while it is made. */
  socket: UdpSocket | undefined;
  early: Uint8Array[];
  heardAt: number;
}

/** A tunnel of UDP: what a peer sends goes on from a port of its own, so that the answer finds her. */
export class Datagrams {
  /** By address and port; whoever was heard last stands last. */
  readonly #peers = new Map<string, Peer>();
  #front: UdpSocket | undefined;
  #sweeping: Timer | undefined;
  #pause: Timer | undefined;
  #closed = false;
  #window = { since: 0, count: 0 };

  constructor(
    readonly from: { side: Side; end: DatagramEnd },
    readonly to: { side: Side; end: DatagramEnd },
  ) {}

  /** @throws when its place is taken */
  async open(): Promise<void> {
    const front = await this.from.side.receive(this.from.end, {
      data: (_front, bytes, port, address) => this.#asked(bytes, port, address),
      error() {},
    });
    if (this.#closed) return front.close();
    this.#front = front;
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeping.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#shut();
  }

  #shut(): void {
    clearInterval(this.#sweeping);
    this.#front?.close();
    this.#front = undefined;
    for (const key of [...this.#peers.keys()]) this.#forget(key);
  }

  #asked(bytes: Uint8Array, port: number, address: string): void {
    const key = `${address} ${port}`;
    const known = this.#peers.get(key);
    if (!this.#counted(known ? 1 : NEW)) return;
    const peer = known ?? this.#meet(port, address);
    this.#peers.delete(key);
    this.#peers.set(key, peer);
    peer.heardAt = performance.now();
    if (peer.socket) this.#pass(peer.socket, bytes, this.to.end.port, this.to.end.hostname);
    else if (peer.early.length < EARLY) peer.early.push(bytes.slice());
  }

  #meet(port: number, address: string): Peer {
    if (this.#peers.size >= PEERS) this.#forget(this.#peers.keys().next().value ?? "");
    const peer: Peer = { socket: undefined, early: [], heardAt: 0 };
    void this.#make(peer, port, address);
    return peer;
  }

  async #make(peer: Peer, port: number, address: string): Promise<void> {
    const { side, end } = this.to;
    const answered = (_socket: UdpSocket, bytes: Uint8Array, from: number, host: string) => {
      if (from !== end.port || host !== end.hostname || !this.#counted(1)) return;
      peer.heardAt = performance.now();
      if (this.#front) this.#pass(this.#front, bytes, port, address);
    };
    // The seat doesn't run, or no descriptor is left: a datagram is lost then.
    const socket = await side.receive({ ...end, port: 0 }, { data: answered, error() {} }).catch(() => undefined);
    if (socket === undefined || this.#peers.get(`${address} ${port}`) !== peer) return socket?.close();
    peer.socket = socket;
    for (const bytes of peer.early.splice(0)) this.#pass(socket, bytes, end.port, end.hostname);
  }

  #pass(socket: UdpSocket, bytes: Uint8Array, port: number, hostname: string): void {
    try {
      // What the kernel doesn't take now is lost, as any datagram may be.
      socket.send(bytes, port, hostname);
    } catch {
      // Nobody is there.
    }
  }

  #forget(key: string): void {
    this.#peers.get(key)?.socket?.close();
    this.#peers.delete(key);
  }

  #sweep(): void {
    for (const [key, { heardAt }] of this.#peers) if (performance.now() - heardAt > SILENT_MS) this.#forget(key);
  }

  /** False: it is one too many. */
  #counted(weight: number): boolean {
    if (this.#front === undefined) return false;
    const now = performance.now();
    if (now - this.#window.since > WINDOW_MS) this.#window = { since: now, count: 0 };
    this.#window.count += weight;
    if (this.#window.count <= IN_A_WINDOW) return true;
    this.#rest();
    return false;
  }

  #rest(): void {
    this.#shut();
    if (this.#closed) return;
    this.#pause = setTimeout(() => {
      // Somebody took its place, or the seat is just being stopped.
      this.open().catch(() => this.#rest());
    }, WINDOW_MS);
  }
}
