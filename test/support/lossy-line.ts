import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../../agent/machine/certificate.ts";

export interface LossyLine {
  port: number;
  /** PEM: who signed its address. */
  ca: string;
  /** What was lost: `call POST /order-plz`, `answer POST /order-plz`. */
  lost: string[];
  end(): void;
}

/** A line to a server of this computer, by https: of each address the first call doesn't arrive, and the answer to the second is lost. */
export async function startLossyLine(port: number): Promise<LossyLine> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const ca = selfSigned(key, "lossy-line");
  const lost: string[] = [];
  const calls = new Map<string, number>();
  const server = createServer({ key, cert: ca }, async (request, response) => {
    const address = `${request.method} ${request.url}`;
    const count = calls.get(address) ?? 0;
    calls.set(address, count + 1);
    const answer = count === 0 ? undefined : await passedOn(request, port);
    if (answer && count > 1) return void response.writeHead(answer.status, answer.headers).end(answer.body);
    lost.push(`${answer ? "answer" : "call"} ${address}`);
    request.socket.destroy();
  });
  const open = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", open.resolve);
  await open.promise;
  return { port: (server.address() as AddressInfo).port, ca, lost, end: () => void server.close() };
}

async function passedOn(request: IncomingMessage, port: number) {
  const { method = "", url, headers } = request;
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const answer = await fetch(`https://localhost:${port}${url}`, {
    method,
    headers: { host: headers.host ?? "", "content-type": headers["content-type"] ?? "" },
    ...(method === "POST" && { body: Buffer.concat(pieces) }),
    tls: { rejectUnauthorized: false },
    keepalive: false,
  } as RequestInit);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: Buffer.from(await answer.arrayBuffer()) };
}
