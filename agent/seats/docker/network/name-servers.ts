import { readFile } from "node:fs/promises";
import { NAME_PORT } from "../names.ts";
import type { Question } from "./dns.ts";

export interface Upstream {
  address: string;
  port: number;
}

/** A resolver's own patience is 5 s. */
export const UPSTREAM_LIMIT_MS = 5000;

/** Its answer; undefined when none comes in time. */
export type Ask = (message: Uint8Array, question: Question, upstream: Upstream) => Promise<Uint8Array | undefined>;

/** From a port of its own each time, with a number of its own: nobody can guess both. */
export async function askByUdp(
  message: Uint8Array,
  question: Question,
  { address, port }: Upstream,
): Promise<Uint8Array | undefined> {
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

export async function askByTcp(
  message: Uint8Array,
  _question: Question,
  { address, port }: Upstream,
): Promise<Uint8Array | undefined> {
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
  return [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = ""]) => ({ address, port: NAME_PORT }));
}

const numberOf = (message: Uint8Array): number => ((message[0] ?? 0) << 8) | (message[1] ?? 0);

function renumbered(message: Uint8Array, id: number): Uint8Array {
  const copy = message.slice();
  copy[0] = id >> 8;
  copy[1] = id & 0xff;
  return copy;
}

/** As it goes by TCP: its length before it. */
export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + message.length);
  new DataView(frame.buffer).setUint16(0, message.length);
  frame.set(message, 2);
  return frame;
}
