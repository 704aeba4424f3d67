import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { PATIENCE_MS } from "./until.ts";

/** Bytes over a connection, as no HTTP client would send them. */
export interface Target {
  name: string;
  port: number;
  tls: boolean;
}

export interface RawAnswer {
  /** 0: the server closed without a word. */
  status: number;
  headers: Headers;
  body: string;
  /** All that came. */
  text: string;
  /** It neither answered nor closed in time. */
  hung: boolean;
}

/** Sends bytes and reads until the server closes. @param heard called whenever something came */
export function sendRaw({ port, tls }: Target, bytes: string | Uint8Array, heard = () => {}): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = tls
      ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => socket.write(bytes))
      : connect(port, "127.0.0.1", () => socket.write(bytes));
    const done = (hung: boolean) => {
      clearTimeout(late);
      socket.destroy();
      resolve({ ...parseAnswer(Buffer.concat(parts)), hung });
    };
    const late = setTimeout(() => done(true), PATIENCE_MS);
    socket.on("data", (data: Buffer) => {
      parts.push(data);
      heard();
    });
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}

export interface RawCall {
  method: string;
  path: string;
  headers?: readonly (readonly [string, string])[];
  body?: string | Uint8Array;
}

/** A call that is whole but may be odd: headers as they are, Host and length only where none is given. */
export function callRaw(target: Target, { method, path, headers = [], body = "" }: RawCall): Promise<RawAnswer> {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const head = [`${method} ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), "Connection: close"];
  if (!names.has("host")) head.push(`Host: localhost:${target.port}`);
  if (!names.has("content-length") && !names.has("transfer-encoding") && bytes.length > 0)
    head.push(`Content-Length: ${bytes.length}`);
  return sendRaw(target, Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), bytes]));
}

function parseAnswer(bytes: Buffer): Omit<RawAnswer, "hung"> {
  const text = bytes.toString("utf8");
  const [head = ""] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const at = line.indexOf(":");
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  const rest = bytes.subarray(Buffer.byteLength(`${head}\r\n\r\n`));
  const body = headers.get("transfer-encoding") === "chunked" ? unchunked(rest) : rest;
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0), headers, body: body.toString("utf8"), text };
}

/** With whatever follows where no chunk does: a second answer, say. */
function unchunked(bytes: Buffer): Buffer {
  const line = bytes.indexOf("\r\n");
  const size = /^[\da-f]+$/i.exec(bytes.toString("latin1", 0, Math.max(line, 0)))?.[0];
  if (size === undefined) return bytes;
  const end = line + 2 + Number.parseInt(size, 16);
  return Buffer.concat([bytes.subarray(line + 2, end), unchunked(bytes.subarray(end + 2))]);
}

/** A WebSocket's frame as a client sends it, masked with zeros. @param opcode 1 text, 2 binary, 8 close, 9 ping */
export function frame(payload: string | Uint8Array, opcode = typeof payload === "string" ? 1 : 2): Buffer {
  const bytes = Buffer.from(payload as Uint8Array);
  const length = Buffer.alloc(bytes.length < 126 ? 0 : bytes.length < 65536 ? 2 : 8);
  if (length.length === 2) length.writeUInt16BE(bytes.length);
  if (length.length === 8) length.writeBigUInt64BE(BigInt(bytes.length));
  const short = length.length === 0 ? bytes.length : length.length === 2 ? 126 : 127;
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | short]), length, Buffer.alloc(4), bytes]);
}

export interface RawSocket {
  socket: Socket;
  status: number;
  /** Resolves when the server closed it, with the code of its close frame; 0 without one. */
  closed: Promise<number>;
  send(bytes: Uint8Array): void;
  /** Bytes that came after the handshake. */
  received(): number;
  end(): void;
}

/** A WebSocket without a client's manners. */
export function openRaw({ port }: Target, path: string, headers: Record<string, string>): Promise<RawSocket> {
  const socket = connect(port, "127.0.0.1");
  const given = Object.entries({ Host: `localhost:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const { promise, resolve } = Promise.withResolvers<RawSocket>();
  const closed = Promise.withResolvers<number>();
  let head = "";
  let received = 0;
  let code = 0;
  const handshake =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n";
  socket.on("connect", () => socket.write(`GET ${path} HTTP/1.1\r\n${given.join("")}${handshake}\r\n`));
  const opened = (status: number) =>
    resolve({
      socket,
      status,
      closed: closed.promise,
      send: (bytes) => void socket.write(bytes),
      received: () => received,
      end: () => socket.destroy(),
    });
  socket.on("data", (data: Buffer) => {
    received += data.length;
    if (data[0] === 0x88 && data.length >= 4) code = data.readUInt16BE(2);
    if (head.includes("\r\n\r\n")) return;
    head += data.toString("latin1");
    if (head.includes("\r\n\r\n")) opened(Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0));
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    opened(0);
    closed.resolve(code);
  });
  return promise;
}

/** Open descriptors of a process. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
