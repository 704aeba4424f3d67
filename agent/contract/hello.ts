import { createHmac } from "node:crypto";

/**
 * First contact. The boot document holds a nonce that only gateway and machine know; the gateway sends a fresh challenge, the machine
 * answers its self-signed certificate and this HMAC over both: a middleman can't put his own certificate in its place.
 */
export interface Hello {
  /** PEM. */
  certificate: string;
  /** hex, 64 characters */
  mac: string;
}

/** @param nonce hex, from the boot document  @param challenge hex, from the gateway */
export function helloMac(nonce: string, challenge: string, certificatePem: string): string {
  return createHmac("sha256", Buffer.from(nonce, "hex")).update(`${challenge}\n${certificatePem}`).digest("hex");
}

export const CHALLENGE = /^[0-9a-f]{64}$/;
