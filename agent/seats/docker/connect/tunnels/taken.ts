import { readdir, readFile, readlink } from "node:fs/promises";
import { Problem } from "../../../../contract/errors.ts";
import { LISTENING, machineSockets, type SocketTable } from "../../../kernel-sockets.ts";
import type { Endpoint, StreamEnd } from "./endpoint.ts";
import type { MachineSide } from "./machine-side.ts";

const LISTENER = { data() {} };

/**
 * Why nobody can listen at this place of the machine, for people: found by trying.
 * @param ours which tunnel of ours is there, where one is
 */
export async function whyNotListening(
  end: Endpoint,
  machine: MachineSide,
  ours: () => string | undefined,
): Promise<string | undefined> {
  // What an agent that was killed left answers no more.
  if (end.kind === "path" && (await answers(end, machine)))
    return `${end.path} of this machine is taken: a program listens there. End that, or let the plug's endpoint be another one.`;
  try {
    if (end.kind === "udp") (await machine.receive(end, LISTENER)).close();
    else machine.listen(end, LISTENER).stop();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    return sentenceFor(end, error, ours());
  }
}

async function answers(end: StreamEnd, machine: MachineSide): Promise<boolean> {
  const socket = await machine.dial(end, LISTENER).catch(() => undefined);
  socket?.terminate();
  return socket !== undefined;
}

async function sentenceFor(end: Endpoint, error: unknown, ours: string | undefined): Promise<string> {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRNOTAVAIL" && "hostname" in end)
    return `This machine has no address ${end.hostname}. Let the plug's endpoint be one that it has: 127.0.0.1.`;
  if (code !== "EADDRINUSE") return `cannot listen at ${placeOf(end)} of this machine: ${code ?? error}`;
  const holder = ours ?? ("port" in end ? await holderOf(end) : undefined) ?? "something else";
  return `${placeOf(end)} of this machine is taken by ${holder}. End that, or let the plug's endpoint be another one.`;
}

function placeOf(end: Endpoint): string {
  if ("port" in end) return `Port ${end.port}`;
  return end.kind === "path" ? end.path : `@${end.name}`;
}

/** Which program has a port: `nginx (process 812)`; undefined when nobody can tell. */
async function holderOf({ kind, port }: { kind: "tcp" | "udp"; port: number }): Promise<string | undefined> {
  const sockets = new Set((await Promise.all([kind, `${kind}6` as const].map((table) => socketsAt(table, port)))).flat());
  if (sockets.size === 0) return undefined;
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) if (await holds(pid, sockets)) return called(pid);
  return undefined;
}

/** Inodes, as a process' descriptors name them. */
async function socketsAt(table: SocketTable, port: number): Promise<string[]> {
  const here = (await machineSockets(table)).filter((one) => one.port === port);
  return here.filter(({ state }) => state === LISTENING || table.startsWith("udp")).map(({ inode }) => `socket:[${inode}]`);
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  // It ended meanwhile.
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const fd of descriptors) if (sockets.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""))) return true;
  return false;
}

async function called(pid: string): Promise<string> {
  if (pid === String(process.pid)) return "ClaraTeach itself";
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a program");
  return `${name.trim()} (process ${pid})`;
}
