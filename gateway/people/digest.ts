import { createHash, timingSafeEqual } from "node:crypto";

/** sha256, hex: what the database and memory keep of secrets that people hold. */
export const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Compares in constant time; both are digests of one length. */
export function sameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, "hex"), Buffer.from(b, "hex")];
  return left.length === right.length && timingSafeEqual(left, right);
}
