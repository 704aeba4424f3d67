import { readFile } from "node:fs/promises";
import type { Socket, udp } from "bun";
import { addressesIn, CODE, emptyAnswer, isNamed, type Question, questionIn, TYPE } from "./dns.ts";
import { inNetwork } from "./netns.ts";
import type { Outbound } from "./settings.ts";

const PORT = 53;
const HERE = "127.0.0.1";
/** A resolver's own patience is 5 s. */
const UPSTREAM_LIMIT_MS = 5000;
/** Questions of one seat on their way at once; a browser opening a page has 30. */
const PENDING_LIMIT = 100;
const TCP_LIMIT = 16;
const MESSAGE_LIMIT = 65_535;
/** Addresses let through for a list of names; each is a rule every packet passes. */
const ADMITTED_LIMIT = 500;

export interface ResolverGiven {
  /** The seat's namespace file. */
  network: string;
  outbound: Outbound;
  /** Lets seats reach an address an allowed name has. */
  admit(address: string): Promise<void>;
  /** Where questions go on to; the machine's own name servers. */
  upstream(): Promise<readonly Upstream[]>;
}

export interface Upstream {
  address: string;
  port: number;
}

/**
 * The seat's name server: the agent itself, listening on the seat's own localhost. So no seat needs to reach the machine's name server (in a
 * cloud that is the metadata address), and a list of names means something. It has the machine's answers, without IPv6, which seats don't have.
 */
export class Resolver {
  #udp: udp.Socket<"buffer"> | undefined;
  #tcp: { stop(now: boolean): void } | undefined;
  #pending = 0;
  #connections = 0;
  readonly #admitted = new Set<string>();

  constructor(readonly given: ResolverGiven) {}

  /** @throws Problem when the seat isn't running */
  async open(): Promise<void> {
    const { network } = this.given;
    this.#udp = await inNetwork(network, () =>
      Bun.udpSocket({
        hostname: HERE,
        port: PORT,
        socket: { data: (socket, message, port, address) => this.#askedByUdp(socket, message.slice(), port, address) },
      }),
    );
    this.#tcp = inNetwork(network, () =>
      Bun.listen<{ rest: Buffer; timer: Timer | undefined }>({
        hostname: HERE,
        port: PORT,
        socket: {
          open: (socket) => this.#connected(socket),
          data: (socket, bytes) => void this.#askedByTcp(socket, bytes),
          close: (socket) => this.#left(socket),
          error: (socket) => void socket.terminate(),
        },
      }),
    );
  }

  close(): void {
    this.#udp?.close();
    this.#tcp?.stop(true);
    this.#udp = undefined;
    this.#tcp = undefined;
  }

  async #askedByUdp(socket: udp.Socket<"buffer">, message: Uint8Array, port: number, address: string): Promise<void> {
    if (this.#pending >= PENDING_LIMIT) return;
    this.#pending++;
    try {
      const answer = await this.#answer(message, askByUdp);
      if (answer && !socket.closed) socket.send(answer, port, address);
    } finally {
      this.#pending--;
    }
  }

  #connected(socket: Socket<{ rest: Buffer; timer: Timer | undefined }>): void {
    socket.data = { rest: Buffer.alloc(0), timer: setTimeout(() => socket.terminate(), 2 * UPSTREAM_LIMIT_MS) };
    if (++this.#connections > TCP_LIMIT) socket.terminate();
  }

  #left(socket: Socket<{ rest: Buffer; timer: Timer | undefined }>): void {
    this.#connections--;
    clearTimeout(socket.data?.timer);
  }

  /** Each message has its length before it; one question a connection at a time is enough. */
  async #askedByTcp(socket: Socket<{ rest: Buffer; timer: Timer | undefined }>, bytes: Uint8Array): Promise<void> {
    socket.data.rest = Buffer.concat([socket.data.rest, bytes]);
    if (socket.data.rest.length > MESSAGE_LIMIT + 2) return void socket.terminate();
    if (socket.data.rest.length < 2 || socket.data.rest.length < 2 + socket.data.rest.readUInt16BE(0)) return;
    const length = socket.data.rest.readUInt16BE(0);
    const message = socket.data.rest.subarray(2, 2 + length);
    socket.data.rest = socket.data.rest.subarray(2 + length);
    const answer = await this.#answer(new Uint8Array(message), askByTcp);
    if (answer) socket.write(framed(answer));
    else socket.end();
  }

  async #answer(message: Uint8Array, ask: Ask): Promise<Uint8Array | undefined> {
    const question = questionIn(message);
    if (!question) return undefined;
    const verdict = this.#judge(question);
    if (verdict !== undefined) return emptyAnswer(message, question, verdict);
    for (const upstream of await this.given.upstream()) {
      const answer = await ask(message, question, upstream).catch(() => undefined);
      if (answer) {
        await this.#admitAll(answer);
        return answer;
      }
    }
    return emptyAnswer(message, question, CODE.serverFailure);
  }

  /** A code to answer at once, or undefined to ask on. */
  #judge({ name, type }: Question): number | undefined {
    const { outbound } = this.given;
    if (outbound.policy === "none") return CODE.refused;
    if (outbound.policy === "names" && !isNamed(name, outbound.names)) return CODE.refused;
    // HTTPS records hold addresses that nobody would have admitted.
    if (type === TYPE.AAAA || (outbound.policy === "names" && type === TYPE.HTTPS)) return CODE.ok;
    return undefined;
  }

  async #admitAll(answer: Uint8Array): Promise<void> {
    if (this.given.outbound.policy !== "names") return;
    for (const address of addressesIn(answer)) {
      if (this.#admitted.has(address) || this.#admitted.size >= ADMITTED_LIMIT) continue;
      await this.given.admit(address);
      this.#admitted.add(address);
    }
  }
}

type Ask = (message: Uint8Array, question: Question, upstream: Upstream) => Promise<Uint8Array | undefined>;

/** From a port of its own each time, with a number of its own: nobody can guess both. */
async function askByUdp(message: Uint8Array, question: Question, { address, port }: Upstream): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  const timer = setTimeout(() => resolve(undefined), UPSTREAM_LIMIT_MS);
  const data = (_socket: unknown, bytes: Uint8Array) => (numberOf(bytes) === id ? resolve(bytes.slice()) : undefined);
  const socket = await Bun.udpSocket({ connect: { hostname: address, port }, socket: { data, error: () => resolve(undefined) } });
  try {
    socket.send(renumbered(message, id));
    const answer = await promise;
    return answer && renumbered(answer, question.id);
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function askByTcp(message: Uint8Array, _question: Question, { address, port }: Upstream): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  let got = Buffer.alloc(0);
  const data = (_socket: unknown, bytes: Uint8Array) => {
    got = Buffer.concat([got, bytes]);
    if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0))
      resolve(new Uint8Array(got.subarray(2, 2 + got.readUInt16BE(0))));
  };
  const timer = setTimeout(() => resolve(undefined), UPSTREAM_LIMIT_MS);
  const end = () => resolve(undefined);
  const socket = await Bun.connect({ hostname: address, port, socket: { data, close: end, error: end, connectError: end } });
  try {
    socket.write(framed(message));
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.terminate();
  }
}

/** The name servers of the machine, read each time: a laptop moves. */
export async function machineNameServers(): Promise<Upstream[]> {
  const text = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  return [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = ""]) => ({ address, port: PORT }));
}

const numberOf = (message: Uint8Array): number => ((message[0] ?? 0) << 8) | (message[1] ?? 0);

function renumbered(message: Uint8Array, id: number): Uint8Array {
  const copy = message.slice();
  copy[0] = id >> 8;
  copy[1] = id & 0xff;
  return copy;
}

function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + message.length);
  new DataView(frame.buffer).setUint16(0, message.length);
  frame.set(message, 2);
  return frame;
}
