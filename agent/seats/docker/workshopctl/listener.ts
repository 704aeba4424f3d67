import { chmodSync, closeSync, openSync, rmSync } from "node:fs";
import type { Socket, SocketHandler } from "bun";
import { Problem } from "../../../contract/errors.ts";

/** As `bin/workshopctl` of the SDK system knows it. */
const SOCKET = "workshopctl.sock";
const CALL = "POST /v1/workshopctl HTTP/1.1";
/** Of one seat at once: its hooks run one after the other and say one thing at a time. Everything of the seat may connect. */
const CONNECTIONS = 8;
/** After so many it listens no more for so long: Bun takes whoever waits in one turn of the loop, and four programs that connect without end held it for seconds. */
const PAUSE_MS = 100;
/** Head and body together: curl's head has 150 bytes, a message 70 letters, each some bytes more in a form. */
const REQUEST_BYTES = 4096;
/** For a whole request, on a machine that is busy: whoever connects and says nothing holds no way for long. */
const REQUEST_MS = 5000;

/** One connection: what came of its request. */
interface Asking {
  bytes: Buffer;
  cut: Timer;
}

/**
 * Serves one seat on a socket in a directory that is mounted there: whoever comes this way is a program of that seat.
 * @param answer throws Problem to refuse with its sentence @returns how to stop
 */
export function listenForHooks(directory: string, answer: (form: URLSearchParams) => void): () => void {
  // A socket's path has at most 107 bytes; this way to it is short, however long the directory's own is.
  const opened = openSync(directory, "r");
  const unix = `/proc/self/fd/${opened}/${SOCKET}`;
  const open = new Set<Socket<Asking>>();
  let room = 0;
  let listener: { stop(): void } | undefined;
  let pause: Timer | undefined;
  const stop = () => {
    clearTimeout(pause);
    listener?.stop();
    listener = undefined;
    rmSync(unix, { force: true });
  };
  const listen = () => {
    stop();
    room = CONNECTIONS - open.size;
    if (room > 0)
      listener = listenAt(unix, { open: come, data: (socket, bytes) => take(socket, bytes, answer), close: go, error: go });
    else later();
  };
  const later = () => {
    pause = setTimeout(() => {
      try {
        listen();
      } catch {
        // The agent has no descriptor left for now, or the seat is just being removed.
        later();
      }
    }, PAUSE_MS);
  };
  const come = (socket: Socket<Asking>) => {
    socket.data = { bytes: Buffer.alloc(0), cut: setTimeout(() => socket.terminate(), REQUEST_MS) };
    open.add(socket);
    if (--room > 0) return;
    stop();
    later();
  };
  const go = (socket: Socket<Asking>) => {
    clearTimeout(socket.data?.cut);
    open.delete(socket);
  };
  try {
    listen();
  } catch (error) {
    closeSync(opened);
    throw error;
  }
  return () => {
    stop();
    for (const socket of open) socket.terminate();
    closeSync(opened);
  };
}

function listenAt(unix: string, socket: SocketHandler<Asking>): { stop(): void } {
  const listener = Bun.listen<Asking>({ unix, socket });
  // Whoever a hook runs as. On the machine only root comes as far as this directory.
  chmodSync(unix, 0o666);
  return listener;
}

function take(socket: Socket<Asking>, bytes: Uint8Array, answer: (form: URLSearchParams) => void): void {
  try {
    socket.data.bytes = Buffer.concat([socket.data.bytes, bytes]);
    const body = bodyOf(socket.data.bytes);
    if (body === undefined) return;
    answer(new URLSearchParams(body));
    reply(socket, 200, "");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    reply(socket, 400, error.message);
  }
}

/** Of a request that has come whole; undefined while more is to come. @throws Problem `INVALID_INPUT` */
function bodyOf(bytes: Buffer): string | undefined {
  if (bytes.length > REQUEST_BYTES)
    throw new Problem("INVALID_INPUT", "That is more than a hook may say at once. Say it in 70 characters.");
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [call, ...headers] = bytes.toString("latin1", 0, end).split("\r\n");
  const length = headers.flatMap((line) => /^content-length: *(\d{1,6})$/i.exec(line)?.[1] ?? []);
  if (call !== CALL || length.length !== 1)
    throw new Problem("INVALID_INPUT", "This socket is for workshopctl alone. Call that.");
  const body = bytes.subarray(end + 4);
  return body.length < Number(length[0]) ? undefined : body.toString("utf8", 0, Number(length[0]));
}

function reply(socket: Socket<Asking>, status: number, sentence: string): void {
  const head = `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Refused"}\r\nContent-Type: text/plain; charset=utf-8\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(sentence)}\r\nConnection: close\r\n\r\n${sentence}`);
}
