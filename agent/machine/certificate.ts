import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";

/** The gateway pins the certificate for good, so it outlives any class. */
const VALID_YEARS = 10;
/** The gateway's clock may be behind. */
const VALID_BEFORE_MS = 24 * 3600 * 1000;

/** DER tags (X.690); only those a certificate needs. */
const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, sequence: 0x30, set: 0x31, utcTime: 0x17 } as const;

const ECDSA_SHA256 = der(TAG.sequence, oid("1.2.840.10045.4.3.2"));

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
  return pem(der(TAG.sequence, content, ECDSA_SHA256, der(TAG.bits, Buffer.of(0), signature)));
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

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
