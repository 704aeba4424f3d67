import { dlopen, type Pointer, ptr, read } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import type { Socket, SocketHandler, TCPSocketListener, udp } from "bun";
import { Problem } from "../../../contract/errors.ts";

/*
 * Sockets of a seat's own network, without a program in it. A socket belongs for ever to the namespace that its thread was in when it was made,
 * so that this thread is inside for one call of the kernel's, 5 µs; all else is done from outside, with its descriptor. Nothing of Bun's runs
 * inside: a thread that it began there would stay there, and what it asked for by name later would be asked of the learner.
 */

const CLONE_NEWNET = 0x40000000;
const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10];
const [SOCK_STREAM, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC] = [1, 2, 0o4000, 0o2000000];
const [O_RDONLY, O_CLOEXEC] = [0, 0o2000000];
const [SOL_SOCKET, SO_REUSEADDR, SO_ERROR] = [1, 2, 4];
const [POLLOUT, EADDRINUSE, EINPROGRESS, ECONNREFUSED] = [4, 98, 115, 111];
/** Callers of one seat's server at once that aren't accepted yet. */
const BACKLOG = 128;
/** A server on the seat's localhost accepts at once, or its queue is full. */
const LOOK_MS = 5;

export type Localhost = "127.0.0.1" | "::1";

export interface Address {
  hostname: Localhost | "0.0.0.0";
  port: number;
}

/** A unix socket that no file stands for: its name is the network's, as a port is. */
export interface Abstract {
  name: string;
}

export interface Streams {
  /** Whose other side has said its last may still be told something. */
  allowHalfOpen?: boolean;
}

/** @param network a namespace's file: Docker's `NetworkSettings.SandboxKey` @throws Problem `UNAVAILABLE` when the seat isn't running, or its port is taken */
export function listenIn<Data>(
  network: string,
  at: Address | Abstract,
  socket: SocketHandler<Data>,
  how: Streams = {},
): TCPSocketListener<Data> {
  const fd = boundIn(network, at, SOCK_STREAM);
  if (libc().listen(fd, BACKLOG) !== 0) throw failed(fd, `listen on ${called(at)} of the seat`);
  // Bun takes a descriptor; its types don't say so yet.
  return Bun.listen<Data>({ fd, socket, ...how } as never) as TCPSocketListener<Data>;
}

/** As `listenIn`. */
export function receiveIn(network: string, at: Address, socket: udp.SocketHandler<"buffer">): Promise<udp.Socket<"buffer">> {
  return Bun.udpSocket({ fd: boundIn(network, at, SOCK_DGRAM), socket } as never);
}

/** @param signal gives up @throws Error when nothing listens there; Problem `UNAVAILABLE` when the seat isn't running */
export async function connectIn<Data>(
  network: string,
  at: Address | Abstract,
  socket: SocketHandler<Data>,
  signal: AbortSignal,
  how: Streams = {},
): Promise<Socket<Data>> {
  const fd = socketIn(network, at, SOCK_STREAM);
  const address = sockaddr(at);
  if (libc().connect(fd, ptr(address), address.length) !== 0 && errno() !== EINPROGRESS) throw failed(fd, `reach ${called(at)}`);
  while (!isSettled(fd)) {
    if (signal.aborted) closeSync(fd);
    signal.throwIfAborted();
    await Bun.sleep(LOOK_MS);
  }
  if (errorOf(fd) !== 0) throw failed(fd, `reach ${called(at)}`, ECONNREFUSED);
  return Bun.connect<Data>({ fd, socket, ...how } as never);
}

const called = (at: Address | Abstract): string => ("name" in at ? `"@${at.name}"` : `port ${at.port}`);

function boundIn(network: string, at: Address | Abstract, kind: number): number {
  const fd = socketIn(network, at, kind);
  const [address, yes] = [sockaddr(at), Int32Array.of(1)];
  if (kind === SOCK_STREAM) libc().setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ptr(yes), yes.byteLength);
  if (libc().bind(fd, ptr(address), address.length) !== 0) throw failed(fd, `take ${called(at)} of the seat`);
  return fd;
}

let own: number | undefined;

function socketIn(network: string, at: Address | Abstract, kind: number): number {
  const family = familyOf(at);
  const fd = inside(network, (lib) => lib.socket(family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd >= 0) return fd;
  throw new Problem("UNAVAILABLE", `cannot make a socket in the network "${network}".`);
}

/**
 * The kernel's list of a seat's TCP sockets, opened: it stays that network's wherever it is read.
 * @returns the descriptor, which the caller closes; -1 where there is no such list @throws Problem `UNAVAILABLE` when the seat isn't running
 */
export function openListIn(network: string, kind: "tcp" | "tcp6"): number {
  const path = Buffer.from(`/proc/thread-self/net/${kind}\0`);
  return inside(network, (lib) => lib.open(ptr(path), O_RDONLY | O_CLOEXEC, 0));
}

/** One call of the kernel's in a seat's network; -1 when it can't be entered. */
function inside(network: string, call: (lib: ReturnType<typeof libc>) => number): number {
  const lib = libc();
  const theirs = openNamespace(network);
  own ??= openSync("/proc/thread-self/ns/net", "r");
  const entered = lib.setns(theirs, CLONE_NEWNET);
  const found = entered === 0 ? call(lib) : -1;
  // Going on in a learner's network would be worse than not going on.
  if (entered === 0 && lib.setns(own, CLONE_NEWNET) !== 0) process.abort();
  closeSync(theirs);
  return found;
}

function openNamespace(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new Problem("UNAVAILABLE", "The seat isn't running: it has no network.", { cause });
  }
}

function familyOf(at: Address | Abstract): number {
  if ("name" in at) return AF_UNIX;
  return at.hostname === "::1" ? AF_INET6 : AF_INET;
}

/** `struct sockaddr_un`, `sockaddr_in` or `sockaddr_in6`. An abstract name begins with a NUL and ends where the address does. */
function sockaddr(at: Address | Abstract): Uint8Array {
  if ("name" in at) return Buffer.concat([Uint8Array.of(AF_UNIX, 0, 0), Buffer.from(at.name)]);
  const { hostname, port } = at;
  const bytes = new Uint8Array(hostname === "::1" ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, hostname === "::1" ? AF_INET6 : AF_INET, true);
  view.setUint16(2, port);
  if (hostname === "::1") view.setUint8(23, 1);
  if (hostname === "127.0.0.1") view.setUint32(4, 0x7f000001);
  return bytes;
}

/** Connected or refused. `struct pollfd`: descriptor, what is asked for, what is so. */
function isSettled(fd: number): boolean {
  const asked = new DataView(new ArrayBuffer(8));
  asked.setInt32(0, fd, true);
  asked.setInt16(4, POLLOUT, true);
  return libc().poll(ptr(asked), 1, 0) === 1;
}

function errorOf(fd: number): number {
  const [value, length] = [new Int32Array(1), Int32Array.of(4)];
  libc().getsockopt(fd, SOL_SOCKET, SO_ERROR, ptr(value), ptr(length));
  return value[0] ?? 0;
}

function failed(fd: number, what: string, code = errno()): Problem {
  closeSync(fd);
  const why = code === EADDRINUSE ? ": a program there has it. End that, then try again." : ` (errno ${code}).`;
  return new Problem("UNAVAILABLE", `cannot ${what}${why}`);
}

function errno(): number {
  const where = libc().__errno_location() as Pointer | null;
  return where === null ? 0 : read.i32(where, 0);
}

let loaded: ReturnType<typeof load> | undefined;

function libc() {
  loaded ??= load();
  return loaded;
}

function load() {
  const library = dlopen("libc.so.6", {
    setns: { args: ["i32", "i32"], returns: "i32" },
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    listen: { args: ["i32", "i32"], returns: "i32" },
    connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
    open: { args: ["ptr", "i32", "u32"], returns: "i32" },
    poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  return library.symbols;
}
