import { createHash } from "node:crypto";
import { Refusal } from "../refusal.ts";

/** Of empty metadata, labels and tags. */
export const EMPTY_FINGERPRINT = "42WmSpB8rSM=";

/** 8 bytes in base64, another one after every write. */
export function fingerprintOf(content: unknown, write: number | string): string {
  const digest = createHash("sha256").update(`${write} ${JSON.stringify(content)}`);
  return digest.digest().subarray(0, 8).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** @throws 412 unless it is the current one; without one nothing is changed either */
export function checkFingerprint(kind: "metadata" | "labels" | "tags", given: unknown, current: string, stale: boolean): void {
  if (given === current && !stale) return;
  const message =
    kind === "labels"
      ? "Labels fingerprint either invalid or resource labels have changed"
      : `Supplied fingerprint does not match current ${kind} fingerprint.`;
  throw new Refusal(412, "conditionNotMet", message, { location: "If-Match" });
}
