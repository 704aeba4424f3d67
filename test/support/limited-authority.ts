import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../agent/machine/certificate.ts";
import type { Pebble } from "./pebble.ts";

/** An authority that takes so many orders and refuses each further one, as real ones do by the week. */
export interface LimitedAuthority {
  directory: string;
  /** PEM file: what its address shows. */
  caPath: string;
  refused: number;
  end(): Promise<void>;
}

/** @param pebble who does the work behind it @param orders that it takes */
export async function limitedAuthority(pebble: Pebble, orders: number): Promise<LimitedAuthority> {
  const room = await mkdtemp(join(tmpdir(), "ct-limited-"));
  const caPath = join(room, "ca.pem");
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const certificate = selfSigned(key, "localhost");
  await writeFile(caPath, certificate);
  const behind = new URL(pebble.directory);
  let left = orders;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { key, cert: certificate },
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/order-plz" && left-- <= 0) {
        authority.refused += 1;
        const body = { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many certificates already issued" };
        const headers = { "content-type": "application/problem+json", "retry-after": "3600" };
        return Response.json(body, { status: 429, headers });
      }
      // Under its own name, which pebble then puts into every address that it tells.
      return fetch(`${behind.origin}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        ...(request.method === "POST" && { body: await request.arrayBuffer() }),
        tls: { rejectUnauthorized: false },
        decompress: false,
        redirect: "manual",
      } as RequestInit);
    },
  });
  const authority: LimitedAuthority = {
    directory: `https://localhost:${server.port}${behind.pathname}`,
    caPath,
    refused: 0,
    end: async () => {
      await server.stop(true);
      await rm(room, { recursive: true });
    },
  };
  return authority;
}
