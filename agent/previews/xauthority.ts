import { randomBytes } from "node:crypto";
import { closeSync, constants, fchownSync, openSync, rmSync, writeSync } from "node:fs";
import type { SeatHandle } from "../seats/seat.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const PROTOCOL = "MIT-MAGIC-COOKIE-1";
const COOKIE_BYTES = 16;

/** Any host and any display: the number isn't known yet, and the server reads the cookie only. */
const FAMILY_WILD = 0xffff;

/** A new cookie in a file that the seat alone can read: without it no other program of this machine reaches the seat's screen. */
export function writeXauthority(path: string, { owner }: SeatHandle): void {
  rmSync(path, { force: true });
  // Never through a link: the seat can write in this directory too.
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeSync(file, xauthority(randomBytes(COOKIE_BYTES)));
    if (process.geteuid?.() === 0) fchownSync(file, owner.uid, owner.gid);
  } finally {
    closeSync(file);
  }
}

/** The format of libXau: family, then address, number, name and data, each with its length; all 16 bits, big endian. */
export function xauthority(cookie: Uint8Array): Buffer {
  const [address, number] = [Buffer.alloc(0), Buffer.alloc(0)];
  const parts = [address, number, Buffer.from(PROTOCOL), cookie].flatMap((part) => [short(part.length), part]);
  return Buffer.concat([short(FAMILY_WILD), ...parts]);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
