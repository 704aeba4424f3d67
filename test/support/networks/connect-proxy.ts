/** A company's proxy, as a program: a name and a port, one way out. One argument: an `Outward` as JSON. Prints its port, then each `CONNECT` and what it said to it. */
import type { Socket } from "bun";
import { Delayed } from "./delayed.ts";

export interface Outward {
  /** The one name it knows, with all names below it. */
  host: string;
  /** Where that is, on this computer. */
  to: { hostname: string; port: number };
}

/** All that such proxies let out. */
const HTTPS = 443;
/** A browser's request for a way out is shorter. */
const HEAD_LIMIT = 16 * 1024;

interface Caller {
  head: string;
  up?: Delayed;
  down?: Delayed;
}

const { host, to }: Outward = JSON.parse(process.argv[2] ?? "");

async function ask(client: Socket<Caller>): Promise<void> {
  const [line = ""] = client.data.head.split("\r\n");
  const [, name = "", port] = /^CONNECT ([\w.-]+):(\d+) HTTP\/1\.1$/.exec(line) ?? [];
  const isOurs = name === host || name.endsWith(`.${host}`);
  const status = Number(port) !== HTTPS ? "403 Forbidden" : isOurs ? "200 Connection established" : "502 Bad Gateway";
  console.log(`${line} ${status}`);
  if (!status.startsWith("200")) return void client.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  client.pause();
  const server = await Bun.connect<Caller>({ ...to, allowHalfOpen: true, socket: handler("down", "up") });
  server.data = client.data;
  client.data.up = new Delayed(client, server, 0);
  client.data.down = new Delayed(server, client, 0);
  client.write(`HTTP/1.1 ${status}\r\n\r\n`);
  client.resume();
}

/** @param into the direction of what such a socket says  @param from that of what it is told */
function handler(into: "up" | "down", from: "up" | "down") {
  return {
    data: (socket: Socket<Caller>, bytes: Uint8Array) => {
      const { data } = socket;
      if (data[into]) return data[into].take(bytes);
      data.head += Buffer.from(bytes).toString("latin1");
      if (data.head.length > HEAD_LIMIT) socket.terminate();
      if (data.head.endsWith("\r\n\r\n")) void ask(socket);
    },
    drain: ({ data }: Socket<Caller>) => data[from]?.flush(),
    end: ({ data }: Socket<Caller>) => data[into]?.over(),
    close: ({ data }: Socket<Caller>) => {
      data[from]?.drop();
      data[into]?.over();
    },
    error: () => {},
  };
}

const open = (client: Socket<Caller>) => {
  client.data = { head: "" };
};
const proxy = Bun.listen<Caller>({
  hostname: "127.0.0.1",
  port: 0,
  allowHalfOpen: true,
  socket: { ...handler("up", "down"), open },
});
console.log(proxy.port);
