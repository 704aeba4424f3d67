/**
 * Keeps a secret out of bytes that pass in any pieces: what is replaced keeps its length, so that no framing changes. Held back is only what
 * may be the secret's beginning.
 */
export class Scrub {
  readonly #forms: readonly Buffer[];
  #held: Buffer = Buffer.alloc(0);

  constructor(secret: string) {
    this.#forms = formsOf(secret).map((form) => Buffer.from(form));
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
    if (!this.#forms.some((form) => bytes.includes(form))) return bytes;
    const copy = Buffer.from(bytes);
    for (const form of this.#forms)
      for (let at = copy.indexOf(form); at >= 0; at = copy.indexOf(form, at)) copy.fill("*", at, at + form.length);
    return copy;
  }

  /** How many bytes at the end may be a form's first ones. */
  #beginsAtEnd(bytes: Buffer): number {
    return Math.max(...this.#forms.map((form) => beginningAtEnd(bytes, form)));
  }
}

function beginningAtEnd(bytes: Buffer, form: Buffer): number {
  const [first] = form;
  if (first === undefined) return 0;
  let at = bytes.indexOf(first, Math.max(0, bytes.length - form.length + 1));
  for (; at >= 0; at = bytes.indexOf(first, at + 1)) {
    const length = bytes.length - at;
    if (form.subarray(0, length).equals(bytes.subarray(at))) return length;
  }
  return 0;
}

/** As it is, as JSON writes it (some write `\/`, Go also `\u003c`), in HTML and in an address: keys of letters and digits are all the same. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const go = json.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  const all = [secret, json, json.replaceAll("/", "\\/"), go, Bun.escapeHTML(secret), encodeURIComponent(secret)];
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

/** The same for a text. */
export const scrubbed = (text: string, secret: string | undefined): string =>
  secret ? formsOf(secret).reduce((clean, form) => clean.replaceAll(form, "*".repeat(form.length)), text) : text;
