/**
 * Keeps a secret out of bytes that pass in any pieces: what is replaced keeps its length, so that no framing changes. Held back is only what
 * may be the secret's beginning.
 */
export class Scrub {
  readonly #secret: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(secret: string) {
    this.#secret = Buffer.from(secret);
  }

  push(bytes: Uint8Array): Uint8Array {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = this.#held.length > 0 ? Buffer.concat([this.#held, given]) : given;
    const clean = this.#without(all);
    const keep = this.#beginsAtEnd(clean);
    this.#held = keep > 0 ? Buffer.from(clean.subarray(clean.length - keep)) : Buffer.alloc(0);
    return keep > 0 ? clean.subarray(0, clean.length - keep) : clean;
  }

  /** What was held back, for no more comes. */
  end(): Uint8Array {
    return this.#held;
  }

  #without(bytes: Buffer): Buffer {
    let at = bytes.indexOf(this.#secret);
    if (at < 0) return bytes;
    const copy = Buffer.from(bytes);
    for (; at >= 0; at = copy.indexOf(this.#secret, at)) copy.fill("*", at, at + this.#secret.length);
    return copy;
  }

  /** How many bytes at the end may be the secret's first ones. */
  #beginsAtEnd(bytes: Buffer): number {
    const [first] = this.#secret;
    if (first === undefined) return 0;
    let at = bytes.indexOf(first, Math.max(0, bytes.length - this.#secret.length + 1));
    for (; at >= 0; at = bytes.indexOf(first, at + 1)) {
      const length = bytes.length - at;
      if (this.#secret.subarray(0, length).equals(bytes.subarray(at))) return length;
    }
    return 0;
  }
}

/** The same for a text. */
export const scrubbed = (text: string, secret: string | undefined): string =>
  secret ? text.replaceAll(secret, "*".repeat(secret.length)) : text;
