/**
 * What programs and an SSH agent say to each other (draft-miller-ssh-agent): the length of a message in four bytes, then its kind in one, then
 * the rest. One question, one answer, in turn.
 */
const HEAD = 4;
/** As OpenSSH's own agent takes. */
export const MESSAGE_LIMIT = 256 * 1024;

const [FAILURE, REQUEST_IDENTITIES, SIGN_REQUEST] = [5, 11, 13];
/** Which keys there are, and a signature. Not: adding and removing keys, locking the agent, what extensions may do. */
const ALLOWED: ReadonlySet<number> = new Set([REQUEST_IDENTITIES, SIGN_REQUEST]);

export const REFUSAL: Uint8Array = Uint8Array.of(0, 0, 0, 1, FAILURE);

export const isAllowed = (message: Uint8Array): boolean => ALLOWED.has(message[HEAD] ?? 0);

/** Cuts messages out of bytes as they come. There is room for a whole one once its length is known, however many pieces it comes in. */
export class Messages {
  #bytes = Buffer.alloc(HEAD);
  /** Of them, what was taken, and what came. */
  #taken = 0;
  #end = 0;

  /** There is a part of one. */
  get isBegun(): boolean {
    return this.#end > this.#taken;
  }

  /** @param bytes copied: a socket uses its buffer again */
  add(bytes: Uint8Array): void {
    this.#have(this.#size + bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** With its head; undefined while more of it is to come. @throws Error for one that is empty or too long: what follows can't be read */
  next(): Uint8Array | undefined {
    if (this.#size < HEAD) return undefined;
    const length = this.#bytes.readUInt32BE(this.#taken);
    if (length === 0 || length > MESSAGE_LIMIT) throw new Error(`a message to an SSH agent has ${length} bytes`);
    const whole = HEAD + length;
    if (this.#size < whole) {
      this.#have(whole);
      return undefined;
    }
    this.#taken += whole;
    return this.#bytes.subarray(this.#taken - whole, this.#taken);
  }

  get #size(): number {
    return this.#end - this.#taken;
  }

  /** Room for so many. What was taken is somebody's, and never written again. */
  #have(room: number): void {
    if (this.#taken + room <= this.#bytes.length) return;
    const bytes = Buffer.alloc(Math.max(room, HEAD));
    this.#bytes.copy(bytes, 0, this.#taken, this.#end);
    [this.#bytes, this.#end, this.#taken] = [bytes, this.#size, 0];
  }
}
