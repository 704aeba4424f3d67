import type { Socket } from "bun";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";
import { HOST } from "./proxies-servers.ts";

/** Learners' pages that talk at once. */
const TOGETHER = 10;
const PIECE = new Uint8Array(64 * 1024);
const TLS = { rejectUnauthorized: false, serverName: HOST };

const head = (line: string, more = "") => `${line} HTTP/1.1\r\nHost: ${HOST}\r\n${more}\r\n`;

/** So many short requests over ten kept connections, one after the other on each. */
export async function requests(port: number, count: number): Promise<void> {
  const asked = head("GET /", "Accept: text/html\r\nUser-Agent: bench\r\nCookie: seat=0123456789abcdef0123456789abcdef\r\n");
  let left = count;
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      const over = Promise.withResolvers<void>();
      let tail = "";
      await raw(port, {
        open: (socket) => void socket.write(asked),
        data: (socket, bytes) => {
          tail = (tail + Buffer.from(bytes).toString("latin1")).slice(-20);
          if (!/hello(\r\n0\r\n\r\n)?$/.test(tail)) return;
          tail = "";
          if (--left > 0) socket.write(asked);
          else socket.end();
        },
        close: () => over.resolve(),
      });
      return over.promise;
    }),
  );
  if (left > 0) throw new Error(`${left} of ${count} requests weren't answered`);
}

/** So many messages over ten sockets, half of them up; each comes back before the next one on its socket. */
export async function frames(port: number, size: number, count: number): Promise<void> {
  const message = new Uint8Array(size);
  let left = count;
  await Promise.all(
    Array.from({ length: TOGETHER }, () => {
      const over = Promise.withResolvers<void>();
      const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { headers: { host: HOST }, tls: TLS } as never);
      socket.onopen = () => socket.send(message);
      socket.onmessage = () => {
        left -= 2;
        if (left > 0) socket.send(message);
        else socket.close();
      };
      socket.onclose = () => over.resolve();
      return over.promise;
    }),
  );
  if (left > 0) throw new Error(`${left} of ${count} frames didn't pass`);
}

/** @throws when less comes */
export async function down(port: number, bytes: number): Promise<void> {
  const over = Promise.withResolvers<number>();
  let came = 0;
  await raw(port, {
    open: (socket) => void socket.write(head(`GET /vm/01/files/workspace/${bytes}`, "Connection: close\r\n")),
    data: (_, piece) => {
      came += piece.length;
    },
    close: () => over.resolve(came),
  });
  if ((await over.promise) < bytes) throw new Error(`${came} bytes came of ${bytes}`);
}

/** In as many calls as the largest upload needs. @throws when the upstream didn't count as many */
export async function up(port: number, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= UPLOAD_LIMIT) await upload(port, Math.min(left, UPLOAD_LIMIT));
}

async function upload(port: number, bytes: number): Promise<void> {
  const over = Promise.withResolvers<string>();
  let left = bytes;
  let answer = "";
  const more = (socket: Socket<undefined>) => {
    while (left > 0) {
      const taken = Math.max(0, socket.write(PIECE.subarray(0, Math.min(left, PIECE.length))));
      left -= taken;
      if (taken < PIECE.length) return;
    }
  };
  await raw(port, {
    open: (socket) => {
      socket.write(head("POST /up", `Content-Length: ${bytes}\r\nConnection: close\r\n`));
      more(socket);
    },
    drain: more,
    data: (_, piece) => {
      answer += Buffer.from(piece).toString("latin1");
    },
    close: () => over.resolve(answer),
  });
  if (!(await over.promise).includes(`${bytes} bytes`)) throw new Error(`the upstream answered: ${answer.slice(-200)}`);
}

const raw = (port: number, socket: Bun.SocketHandler<undefined>) =>
  Bun.connect<undefined>({ hostname: "127.0.0.1", port, tls: TLS as never, socket: { data() {}, ...socket } });
