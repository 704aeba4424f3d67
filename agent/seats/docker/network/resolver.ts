import type { Socket, udp } from "bun";
import { NAME_PORT } from "../names.ts";
import type { Outbound } from "../settings.ts";
import { addressesIn, CODE, emptyAnswer, isNamed, type Question, questionIn, TYPE } from "./dns.ts";
import { type Ask, askByTcp, askByUdp, framed, UPSTREAM_LIMIT_MS, type Upstream } from "./name-servers.ts";
import { type Address, listenIn, receiveIn } from "./netns.ts";

const HERE: Address = { hostname: "127.0.0.1", port: NAME_PORT };
/** Questions of one seat on their way at once; a browser opening a page has 30. */
const PENDING_LIMIT = 100;
const TCP_LIMIT = 16;
const MESSAGE_LIMIT = 65_535;
/**
 * Names that are never in the world's tree (reserved by ICANN in 2024). A cloud's own resolver answers them: `metadata.google.internal`, and
 * names of the project's other machines, which tell a learner what else runs there. Who wants one for seats puts it into a list of names.
 */
const OWN_NETWORKS = ["internal", ".internal"];

export interface ResolverGiven {
  /** The seat's namespace file. */
  network: string;
  outbound: Outbound;
  /** Lets seats reach an address an allowed name has. */
  admit(address: string): Promise<void>;
  /** Where questions go on to; the machine's own name servers. */
  upstream(): Promise<readonly Upstream[]>;
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

  constructor(readonly given: ResolverGiven) {}

  /** @throws Problem when the seat isn't running */
  async open(): Promise<void> {
    const { network } = this.given;
    this.#udp = await receiveIn(network, HERE, {
      data: (socket, message, port, address) => this.#askedByUdp(socket, message.slice(), port, address),
    });
    this.#tcp = listenIn<Caller>(network, HERE, {
      open: (socket) => this.#connected(socket),
      data: (socket, bytes) => void this.#askedByTcp(socket, bytes),
      close: (socket) => this.#left(socket),
      error: (socket) => void socket.terminate(),
    });
  }

  close(): void {
    this.#udp?.close();
    this.#tcp?.stop(true);
    this.#udp = undefined;
    this.#tcp = undefined;
  }

  async #askedByUdp(socket: udp.Socket<"buffer">, message: Uint8Array, port: number, address: string): Promise<void> {
    const answer = await this.#answer(message, askByUdp);
    if (answer && !socket.closed) socket.send(answer, port, address);
  }

  #connected(socket: Socket<Caller>): void {
    const timer = setTimeout(() => socket.terminate(), 2 * UPSTREAM_LIMIT_MS);
    socket.data = { rest: Buffer.alloc(0), timer, waits: false };
    if (++this.#connections > TCP_LIMIT) socket.terminate();
  }

  #left(socket: Socket<Caller>): void {
    this.#connections--;
    clearTimeout(socket.data?.timer);
  }

  /** One question a connection at a time: what comes meanwhile waits. */
  async #askedByTcp(socket: Socket<Caller>, bytes: Uint8Array): Promise<void> {
    const caller = socket.data;
    caller.rest = Buffer.concat([caller.rest, bytes]);
    if (caller.rest.length > MESSAGE_LIMIT + 2) return void socket.terminate();
    if (caller.waits) return;
    caller.waits = true;
    for (let message = takeMessage(caller); message; message = takeMessage(caller)) {
      const answer = await this.#answer(message, askByTcp);
      // Whoever asks what can't be read, or takes no answers, is left.
      if (!answer || socket.write(framed(answer)) < answer.length + 2) return void socket.end();
    }
    caller.waits = false;
  }

  /** Undefined: not a question, or one too many. */
  async #answer(message: Uint8Array, ask: Ask): Promise<Uint8Array | undefined> {
    const question = questionIn(message);
    if (!question || this.#pending >= PENDING_LIMIT) return undefined;
    this.#pending++;
    try {
      return await this.#found(message, question, ask);
    } catch {
      return emptyAnswer(message, question, CODE.serverFailure);
    } finally {
      this.#pending--;
    }
  }

  async #found(message: Uint8Array, question: Question, ask: Ask): Promise<Uint8Array> {
    const verdict = this.#judge(question);
    if (verdict !== undefined) return emptyAnswer(message, question, verdict);
    for (const upstream of await this.given.upstream()) {
      const answer = await ask(message, question, upstream).catch(() => undefined);
      if (!answer) continue;
      // Before the seat knows them.
      if (this.given.outbound.policy === "names") for (const address of addressesIn(answer)) await this.given.admit(address);
      return answer;
    }
    return emptyAnswer(message, question, CODE.serverFailure);
  }

  /** A code to answer at once, or undefined to ask on. */
  #judge({ name, type }: Question): number | undefined {
    const { outbound } = this.given;
    if (outbound.policy === "none") return CODE.refused;
    if (outbound.policy === "names" && !isNamed(name, outbound.names)) return CODE.refused;
    if (outbound.policy === "open" && isNamed(name, OWN_NETWORKS)) return CODE.nameError;
    // These records hold addresses that nobody would have admitted.
    const hidden = type === TYPE.HTTPS || type === TYPE.SVCB;
    if (type === TYPE.AAAA || (outbound.policy === "names" && hidden)) return CODE.ok;
    return undefined;
  }
}

/** A program of the seat that asks by TCP. */
interface Caller {
  /** What came and isn't answered yet. */
  rest: Buffer;
  timer: Timer;
  /** For an answer that is on its way. */
  waits: boolean;
}

/** Each message has its length before it. */
function takeMessage(caller: Caller): Uint8Array | undefined {
  const { rest } = caller;
  if (rest.length < 2 || rest.length < 2 + rest.readUInt16BE(0)) return undefined;
  const length = rest.readUInt16BE(0);
  caller.rest = rest.subarray(2 + length);
  return new Uint8Array(rest.subarray(2, 2 + length));
}
