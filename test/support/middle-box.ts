import { generateKeyPairSync } from "node:crypto";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { selfSigned } from "../../agent/machine/certificate.ts";

/** What a device between a browser and the server does; none of it: it opens TLS and passes everything on. */
export interface Habits {
  refusesWebSocket?: true;
  /** Drops a WebSocket over which nothing went for so long. */
  cutsIdleMs?: number;
  /** Keeps streamed answers until they are whole. */
  holdsBack?: true;
}

export interface MiddleBox {
  /** For the browser, as its proxy. */
  proxy: string;
  end(): void;
}

/** A proxy that opens HTTPS on its way to a server of this computer, whatever name is asked for. @param port the server's, by plain http */
export async function startMiddleBox(port: number, habits: Habits = {}): Promise<MiddleBox> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const inside = createTlsServer({ key, cert: selfSigned(key, "class.test") }, (client) => passOn(client, connect(port), habits));
  const insidePort = await listening(inside);
  const outside = createServer((client) => client.once("data", () => tunnel(client, insidePort)));
  const proxy = `http://127.0.0.1:${await listening(outside)}`;
  return {
    proxy,
    end: () => {
      outside.close();
      inside.close();
    },
  };
}

async function listening(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return (server.address() as AddressInfo).port;
}

/** Whatever `CONNECT` asks for. */
function tunnel(client: Socket, port: number): void {
  const server = connect(port, "127.0.0.1", () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  client.pipe(server).pipe(client);
  endTogether(client, server);
}

function passOn(client: Socket, server: Socket, { refusesWebSocket, cutsIdleMs, holdsBack }: Habits): void {
  endTogether(client, server);
  let idle: Timer | undefined;
  let held: Buffer[] | undefined;
  const used = () => {
    if (!idle || !cutsIdleMs) return;
    clearTimeout(idle);
    idle = setTimeout(() => client.destroy(), cutsIdleMs);
  };
  /** What came since the server spoke last: a head may come in pieces. */
  let head = "";
  client.on("data", (chunk: Buffer) => {
    head += chunk.toString("latin1");
    const isSocket = /^GET [^\r]*\r\n(.*\r\n)*upgrade: websocket\r\n/i.test(head);
    if (isSocket && refusesWebSocket) return void client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    if (isSocket && cutsIdleMs) idle = setTimeout(() => client.destroy(), cutsIdleMs);
    if (holdsBack && head.startsWith("GET /check/pieces ")) held = [];
    used();
    server.write(chunk);
  });
  server.on("data", (chunk: Buffer) => {
    head = "";
    used();
    held?.push(chunk);
    if (held && !chunk.toString("latin1").endsWith("0\r\n\r\n")) return;
    const pieces = held ?? [chunk];
    held = undefined;
    if (!client.write(Buffer.concat(pieces))) server.pause();
  });
  client.on("drain", () => server.resume());
  client.on("close", () => clearTimeout(idle));
}

function endTogether(one: Socket, other: Socket): void {
  for (const [mine, theirs] of [
    [one, other],
    [other, one],
  ] as const) {
    mine.on("error", () => theirs.destroy());
    mine.on("close", () => theirs.destroy());
  }
}
