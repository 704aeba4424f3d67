import { join } from "node:path";
import { AGENT_SOCKET, type ChangeEvent, type ExecEnd } from "../../agent/contract/api.ts";

/** The machine's API by its own socket. */
export interface Api {
  ask(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>;
  post(path: string, body: object): Promise<{ status: number; body: unknown }>;
  /** Follows the changes; `events` grows. */
  follow(query?: string): Promise<{ events: ChangeEvent[]; close(): void }>;
  exec(seat: string, argv: readonly string[], size?: { cols: number; rows: number }): Promise<ApiExec>;
  slowExec(seat: string, argv: readonly string[]): Promise<SlowExec>;
}

/** A program whose viewer reads nothing until it is told to. */
export interface SlowExec {
  read(): void;
  close(): void;
}

/** A program in a seat. */
export interface ApiExec {
  /** What it printed, once it has ended, as a number; undefined when that is none. */
  readNumber(): Promise<number | undefined>;
  socket: WebSocket;
  shown(): string;
  /** The last frame, or why it was closed without one. */
  ended: Promise<ExecEnd | { code: number; reason: string }>;
}

export function apiOf(directory: string): Api {
  const unix = join(directory, AGENT_SOCKET);
  const open = async (path: string): Promise<WebSocket> => {
    const socket = new WebSocket(`ws+unix://${unix}:${path}`);
    socket.binaryType = "arraybuffer";
    return socket;
  };
  const opened = (socket: WebSocket) =>
    new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("the socket wasn't opened"));
    });
  const ask: Api["ask"] = async (path, init = {}) => {
    const answer = await fetch(`http://agent${path}`, { ...init, unix });
    return { status: answer.status, body: await answer.json() };
  };
  return {
    ask,
    post: (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) }),
    async follow(query = "") {
      const socket = await open(`/v1/changes/events${query}`);
      const events: ChangeEvent[] = [];
      socket.onmessage = ({ data }) => void events.push(JSON.parse(String(data)) as ChangeEvent);
      await opened(socket);
      return { events, close: () => socket.close() };
    },
    async exec(seat, argv, size) {
      const query = queryOf(seat, argv);
      if (size) for (const [name, value] of Object.entries(size)) query.set(name, String(value));
      const socket = await open(`/v1/exec?${query}`);
      const pieces: Uint8Array[] = [];
      const ended = new Promise<ExecEnd | { code: number; reason: string }>((resolve) => {
        socket.onmessage = ({ data }) =>
          typeof data === "string" ? resolve(JSON.parse(data) as ExecEnd) : void pieces.push(new Uint8Array(data as ArrayBuffer));
        socket.onclose = ({ code, reason }) => resolve({ code, reason });
      });
      await opened(socket);
      const shown = () => Buffer.concat(pieces).toString("utf8");
      return { socket, shown, ended, readNumber: async () => Number(await ended.then(shown)) || undefined };
    },
    async slowExec(seat, argv) {
      const begun = Promise.withResolvers<void>();
      let reading = false;
      const raw = await Bun.connect({
        unix,
        socket: {
          open: (one) => void one.write(handshake(`/v1/exec?${queryOf(seat, argv)}`)),
          data: (one) => {
            if (!reading) one.pause();
            begun.resolve();
          },
        },
      });
      await begun.promise;
      const read = () => {
        reading = true;
        raw.resume();
      };
      return { read, close: () => void raw.end() };
    },
  };
}

const queryOf = (seat: string, argv: readonly string[]) =>
  new URLSearchParams([["seat", seat], ...argv.map((one) => ["arg", one])]);

const handshake = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: agent\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
