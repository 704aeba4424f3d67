import type { Socket } from "bun";

/** The one media port of all peers, as neko's: a packet goes to the peer whose name its first STUN request has. */
export interface Mux {
  /** What candidates have; `tcp` is 0 where there is none. */
  udp: number;
  tcp: number;
  /** @param name the peer's ICE user fragment  @param port where it listens on loopback */
  join(name: string, port: number): Place;
  stop(): void;
}

export interface Place {
  /** When anything came for this peer, milliseconds since 1970. */
  heard: number;
  leave(): void;
}

/** A browser's address and what is sent to it. */
interface Flow {
  name: string;
  relay: Bun.udp.ConnectedSocket<"buffer">;
}

type Back = (packet: Buffer) => void;

const STUN_HEADER = 20;
const USERNAME = 0x0006;
/** RFC 4571: a packet over TCP has its length before it. */
const FRAME_HEADER = 2;

/** @param ports 0 for UDP is any that is free, 0 for TCP is none */
export async function openMux(ports: { udp: number; tcp: number }): Promise<Mux> {
  const peers = new Map<string, { port: number; place: Place }>();
  const flows = new Map<string, Flow>();
  const forget = (gone: (name: string, key: string) => boolean) => {
    for (const [key, { name, relay }] of flows)
      if (gone(name, key)) {
        relay.close();
        flows.delete(key);
      }
  };
  const take = async (key: string, packet: Buffer, back: Back) => {
    const name = peerName(packet) ?? flows.get(key)?.name;
    const peer = name === undefined ? undefined : peers.get(name);
    if (name === undefined || !peer) return;
    peer.place.heard = Date.now();
    if (flows.get(key)?.name !== name) {
      const relay = await openRelay(peer.port, back);
      forget((_, each) => each === key);
      flows.set(key, { name, relay });
    }
    flows.get(key)?.relay.send(packet);
  };

  const udp = await Bun.udpSocket({
    hostname: "0.0.0.0",
    port: ports.udp,
    socket: {
      error() {},
      data: (socket, packet, port, address) =>
        void take(`${address}:${port}`, Buffer.from(packet), (answer) => void socket.send(answer, port, address)),
    },
  });
  const tcp = ports.tcp === 0 ? undefined : listenTcp(ports.tcp, take, (key) => forget((_, each) => each === key));
  return {
    udp: udp.port,
    tcp: tcp?.port ?? 0,
    join(name, port) {
      const leave = () => {
        peers.delete(name);
        forget((each) => each === name);
      };
      const place: Place = { heard: Date.now(), leave };
      peers.set(name, { port, place });
      return place;
    },
    stop() {
      forget(() => true);
      udp.close();
      tcp?.stop(true);
    },
  };
}

/** The answerer's own name stands before the colon of what a STUN request says. */
function peerName(packet: Buffer): string | undefined {
  if (packet.length < STUN_HEADER || (packet[0] ?? 0xff) > 3) return undefined;
  for (let at = STUN_HEADER; at + 4 <= packet.length; ) {
    const length = packet.readUInt16BE(at + 2);
    if (packet.readUInt16BE(at) === USERNAME) return packet.toString("utf8", at + 4, at + 4 + length).split(":")[0];
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}

function openRelay(port: number, back: Back): Promise<Bun.udp.ConnectedSocket<"buffer">> {
  return Bun.udpSocket({
    hostname: "127.0.0.1",
    connect: { hostname: "127.0.0.1", port },
    // Nobody listens any more where a peer was closed while its browser went on.
    socket: { data: (_, packet) => back(Buffer.from(packet)), error() {} },
  });
}

function listenTcp(port: number, take: (key: string, packet: Buffer, back: Back) => void, over: (key: string) => void) {
  const keyOf = (socket: Socket<{ rest: Buffer }>) => `tcp:${socket.remoteAddress}:${socket.remotePort}`;
  return Bun.listen<{ rest: Buffer }>({
    hostname: "0.0.0.0",
    port,
    socket: {
      open(socket) {
        socket.data = { rest: Buffer.alloc(0) };
      },
      data(socket, bytes) {
        const key = keyOf(socket);
        const back = (packet: Buffer) => {
          const length = Buffer.alloc(FRAME_HEADER);
          length.writeUInt16BE(packet.length);
          socket.write(Buffer.concat([length, packet]));
        };
        let rest = Buffer.concat([socket.data.rest, bytes]);
        while (rest.length >= FRAME_HEADER && rest.length >= FRAME_HEADER + rest.readUInt16BE(0)) {
          const end = FRAME_HEADER + rest.readUInt16BE(0);
          take(key, rest.subarray(FRAME_HEADER, end), back);
          rest = rest.subarray(end);
        }
        socket.data.rest = rest;
      },
      close: (socket) => over(keyOf(socket)),
    },
  });
}
