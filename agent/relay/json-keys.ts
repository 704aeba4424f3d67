/** Of a key, with every letter written as `\u0065`. */
const KEY_LIMIT = 128;

/** A fault that makes the text no JSON object, or a value that is longer than it may be. */
export class NotReadable extends Error {}

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [...'"\\,:{}[]'].map((sign) => sign.charCodeAt(0));
/** Numbers, true, false and null. */
const IN_WORDS = new Set(Buffer.from("0123456789+-.eEtrufalsn,:"));
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Reads some values of a JSON object's own keys while its bytes pass, in any pieces; all else is passed over, so that the memory it takes
 * doesn't depend on the object's size. A key that stands there twice is told twice, and `Model` is a `model`: some parsers, Go's for one, take
 * both for the same.
 */
export class JsonKeys {
  readonly #limits: ReadonlyMap<string, number>;
  readonly #found: (key: string, value: string) => void;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** At depth 1: what is being read, a key or the value of `#key`. */
  #reading: "key" | "value" = "key";
  #key: string | undefined;
  /** The bytes of the key or the value that is read; undefined: nobody wants it. */
  #kept: number[] | undefined;
  #limit = KEY_LIMIT;

  /** @param limits the keys that are wanted, and how many bytes the value of each may have @param found a value's own JSON text */
  constructor(limits: Readonly<Record<string, number>>, found: (key: string, value: string) => void) {
    this.#limits = new Map(Object.entries(limits));
    this.#found = found;
  }

  /** @throws NotReadable */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      // Most of a body is text inside of strings that nobody wants.
      if (this.#inString && !this.#escaped && this.#kept === undefined) at = nextSign(bytes, at);
      const byte = bytes[at];
      if (byte !== undefined) this.#take(byte);
    }
  }

  #take(byte: number): void {
    if (this.#inString) this.#takeInString(byte);
    else if (byte === QUOTE) {
      this.#inString = true;
      if (this.#depth === 1 && this.#reading === "key") this.#begin(KEY_LIMIT);
      this.#keep(byte);
    } else if (byte === OPEN || byte === OPEN_LIST) this.#open(byte);
    else if (byte === CLOSE || byte === CLOSE_LIST) this.#close(byte);
    else if (this.#depth === 1 && byte === COLON) this.#beginValue();
    else if (this.#depth === 1 && byte === COMMA) this.#endValue();
    else if (isSpace(byte)) this.#keep(byte);
    else if (this.#depth === 0) throw new NotReadable("it doesn't begin with {");
    else if (IN_WORDS.has(byte)) this.#keep(byte);
    // A comment, for those who take comments: what stands in it would be read differently there.
    else throw new NotReadable("it is no JSON");
  }

  #takeInString(byte: number): void {
    this.#keep(byte);
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#depth === 1 && this.#reading === "key") this.#endKey();
    }
  }

  #open(byte: number): void {
    if (this.#depth === 0 && byte !== OPEN) throw new NotReadable("it is no object");
    if (this.#depth > 0) this.#keep(byte);
    this.#depth++;
    if (this.#depth === 1) this.#reading = "key";
  }

  #close(byte: number): void {
    this.#depth--;
    if (this.#depth === 0) this.#endValue();
    else this.#keep(byte);
  }

  #begin(limit: number): void {
    this.#kept = [];
    this.#limit = limit;
  }

  #keep(byte: number): void {
    if (this.#kept === undefined) return;
    if (this.#kept.length < this.#limit) this.#kept.push(byte);
    else if (this.#reading === "value") throw new NotReadable(`"${this.#key}" is longer than ${this.#limit} bytes`);
    // A key that is so long is none of ours, but its end must be found.
    else this.#kept = undefined;
  }

  #endKey(): void {
    this.#key = this.#kept && text(this.#kept);
    this.#kept = undefined;
  }

  #beginValue(): void {
    if (this.#reading !== "key") throw new NotReadable("a colon too many");
    this.#reading = "value";
    const limit = this.#key === undefined ? undefined : this.#limits.get(this.#key);
    if (limit !== undefined) this.#begin(limit);
  }

  #endValue(): void {
    if (this.#reading === "value" && this.#kept && this.#key !== undefined)
      this.#found(this.#key, Buffer.from(this.#kept).toString("utf8").trim());
    this.#kept = undefined;
    this.#key = undefined;
    this.#reading = "key";
  }
}

function nextSign(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at++;
  return at;
}

/** A key, however it is written. */
function text(bytes: readonly number[]): string {
  try {
    return String(JSON.parse(Buffer.from(bytes).toString("utf8"))).toLowerCase();
  } catch (cause) {
    throw new NotReadable("a key is no string", { cause });
  }
}
