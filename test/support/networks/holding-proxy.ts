/**
 * A proxy that opens TLS, as a program: an answer's bytes are held until there are many or it is over, as virus scanners do; sockets pass as they
 * come. One argument: a `HoldingWish` as JSON. Prints its port.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";

export interface HoldingWish {
  /** PEM: what it shows instead of a server's own. */
  key: string;
  cert: string;
  /** The server behind it, on this computer. */
  to: { hostname: string; port: number };
  holdBytes: number;
}

const { key, cert, to, holdBytes }: HoldingWish = JSON.parse(process.argv[2] ?? "");
/** Whose certificate it is doesn't matter here. */
const serverOf = ({ headers }: IncomingMessage) => ({
  ...{ host: to.hostname, port: to.port, rejectUnauthorized: false },
  servername: headers.host?.replace(/:\d+$/, "") ?? "",
});

function pass(asked: IncomingMessage, back: ServerResponse): void {
  const { method, url, headers } = asked;
  const further = request({ ...serverOf(asked), method, path: url, headers } as object, (answer) => {
    // A browser that has had enough ends both.
    void hold(answer, back).catch(() => back.destroy());
  });
  further.on("error", () => back.destroy());
  back.on("close", () => further.destroy());
  asked.pipe(further);
}

async function hold(answer: IncomingMessage, back: ServerResponse): Promise<void> {
  let held: Buffer[] = [];
  let size = 0;
  const { "transfer-encoding": _, connection: __, ...headers } = answer.headers;
  for await (const bytes of answer as AsyncIterable<Buffer>) {
    held.push(bytes);
    size += bytes.length;
    if (size < holdBytes) continue;
    if (!back.headersSent) back.writeHead(answer.statusCode ?? 502, headers);
    back.write(Buffer.concat(held));
    held = [];
    size = 0;
  }
  if (!back.headersSent) back.writeHead(answer.statusCode ?? 502, headers);
  back.end(Buffer.concat(held));
}

function passSocket(asked: IncomingMessage, browser: Duplex, first: Buffer): void {
  const server = connect(serverOf(asked));
  const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  server.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
  server.write(first);
  server.pipe(browser);
  browser.pipe(server);
  for (const [one, other] of [
    [server, browser],
    [browser, server],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

const proxy = createServer({ key, cert }, pass);
proxy.on("upgrade", passSocket);
proxy.listen(0, "127.0.0.1", () => console.log((proxy.address() as AddressInfo).port));
