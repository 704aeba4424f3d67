import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FrontDocument } from "../contract/front.ts";

/** As Bun's server takes it. */
export interface TlsEntry {
  serverName?: string;
  key: string;
  cert: string;
}

/**
 * What the wish's files hold now. One that can't be read or whose key isn't its own is left out: the others' visitors mustn't suffer.
 * The first entry has no name: it answers those who ask for none of the names.
 */
export function readCertificates(wish: FrontDocument, trouble: (error: unknown) => void): TlsEntry[] {
  const entries = wish.certificates.flatMap(({ host, path }) => {
    try {
      const { names, ...pair } = readPair(path);
      // Whom Bun knows a wildcard for gets that one, unless there is one for the name itself.
      const below = `*.${host}`;
      return [host, ...(names.includes(below) ? [below] : [])].map((serverName) => ({ serverName, ...pair }));
    } catch (cause) {
      trouble(new Error(`the certificate of ${host} in "${path}" can't be used: ${(cause as Error).message}`, { cause }));
      return [];
    }
  });
  const [first] = entries;
  return first ? [{ key: first.key, cert: first.cert }, ...entries] : [];
}

/** @returns names as the certificate has them */
function readPair(path: string): { key: string; cert: string; names: string[] } {
  const text = readFileSync(path, "utf8");
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/.exec(text)?.[0] ?? "";
  const chain = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const own = new X509Certificate(chain[0] ?? "");
  if (!own.checkPrivateKey(createPrivateKey(key))) throw new Error("its key belongs to another certificate");
  const names = (own.subjectAltName ?? "").split(", ").map((name) => name.replace(/^DNS:/, ""));
  return { key: `${key}\n`, cert: `${chain.join("\n")}\n`, names };
}
