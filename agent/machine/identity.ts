import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Hello, helloMac } from "../contract/hello.ts";
import { selfSigned } from "./certificate.ts";
import { writeDurably } from "./durable.ts";

/** Made on the machine at its first start; leaves it never, except for the certificate. */
export interface Identity {
  /** PEM: the machine plane's own. */
  key: string;
  /** PEM; the gateway pins it. */
  certificate: string;
  /** Signs this machine's cookies; 32 bytes. */
  cookieKey: Uint8Array;
}

/**
 * Reads the identity of the machine in `dir`, or makes it when there is none.
 * @throws when there is one that can't be read: a new one would lock the gateway out.
 */
export function openIdentity(dir: string, machine: string): Identity {
  const room = join(dir, "identity");
  const path = join(room, "identity.json");
  mkdirSync(room, { recursive: true, mode: 0o700 });
  chmodSync(room, 0o700);
  if (!existsSync(path)) writeDurably(path, JSON.stringify(makeIdentity(machine)));
  const saved = parse(path);
  return { key: saved.key, certificate: saved.certificate, cookieKey: Buffer.from(saved.cookieKey, "hex") };
}

/** What first contact answers; see contract/hello.ts. Undefined when the boot document held no nonce. */
export function hello(identity: Identity, nonce: string | undefined, challenge: string): Hello | undefined {
  if (nonce === undefined) return undefined;
  return { certificate: identity.certificate, mac: helloMac(nonce, challenge, identity.certificate) };
}

interface Saved {
  key: string;
  certificate: string;
  /** hex */
  cookieKey: string;
}

function makeIdentity(machine: string): Saved {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, certificate: selfSigned(key, machine), cookieKey: randomBytes(32).toString("hex") };
}

function parse(path: string): Saved {
  try {
    const saved = JSON.parse(readFileSync(path, "utf8")) as Saved;
    if (/^[0-9a-f]{64}$/.test(saved.cookieKey) && saved.key && saved.certificate) return saved;
  } catch (cause) {
    throw new Error(`cannot read this machine's identity in "${path}": restore the file, or remove the machine`, { cause });
  }
  throw new Error(`this machine's identity in "${path}" is incomplete: restore the file, or remove the machine`);
}
