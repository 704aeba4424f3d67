import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import { der, ECDSA_SHA256, oid, pem, TAG } from "../contract/der.ts";

/** The gateway pins the certificate for good, so it outlives any class. */
const VALID_YEARS = 10;
/** The gateway's clock may be behind. */
const VALID_BEFORE_MS = 24 * 3600 * 1000;

/**
 * A self-signed X.509 v3 certificate (PEM) for the machine plane: node:crypto can read certificates and not make them.
 * @param privateKeyPem a P-256 key  @param name the machine's; goes into the subject and the alternative names
 */
export function selfSigned(privateKeyPem: string, name: string, now = new Date()): string {
  const key = createPrivateKey(privateKeyPem);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const subject = der(TAG.sequence, der(TAG.set, der(TAG.sequence, oid("2.5.4.3"), der(TAG.utf8, Buffer.from(name)))));
  const until = new Date(now);
  until.setUTCFullYear(now.getUTCFullYear() + VALID_YEARS);
  const validity = der(TAG.sequence, utcTime(new Date(now.getTime() - VALID_BEFORE_MS)), utcTime(until));
  const content = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, serial()),
    ECDSA_SHA256,
    subject,
    validity,
    subject,
    spki,
    der(0xa3, der(TAG.sequence, alternativeNames(name))),
  );
  const signature = sign("sha256", content, key);
  return pem(der(TAG.sequence, content, ECDSA_SHA256, der(TAG.bits, Buffer.of(0), signature)), "CERTIFICATE");
}

/** 127 random bits: positive, and never 0. */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function alternativeNames(name: string): Buffer {
  const dns = (text: string) => der(0x82, Buffer.from(text, "ascii"));
  const names = der(TAG.sequence, dns(name), dns("localhost"), der(0x87, Buffer.of(127, 0, 0, 1)));
  return der(TAG.sequence, oid("2.5.29.17"), der(TAG.octets, names));
}

function utcTime(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return der(TAG.utcTime, Buffer.from(`${digits}Z`, "ascii"));
}
