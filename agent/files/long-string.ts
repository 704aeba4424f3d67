import { PIECE } from "./bytes.ts";
import { breathe } from "./turns.ts";

const [BACKSLASH, U] = [0x5c, 0x75];
const UNICODE_ESCAPE = 6; // \u00e9
const PLAIN_ESCAPE = 2;
const CHARACTER = 4; // bytes of UTF-8

/**
 * A JSON string too long for one turn of the loop: a parser takes 40 ms for 5 MB of escapes, and others wait meanwhile. Its bytes are those
 * between the quotes, as they were sent.
 */
export class LongString {
  constructor(readonly bytes: Uint8Array) {}

  /** What it says, piece by piece, each a turn. @throws SyntaxError, TypeError when it isn't a string of JSON in UTF-8 */
  async *text(piece = PIECE): AsyncGenerator<string> {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let held = "";
    for (let at = 0; at < this.bytes.length; ) {
      const end = endOfPiece(this.bytes, at, at + piece);
      const said = held + (JSON.parse(`"${decoder.decode(this.bytes.subarray(at, end))}"`) as string);
      // Half of a pair: its other half begins the next piece.
      held = isFirstOfPair(said.charCodeAt(said.length - 1)) ? said.slice(-1) : "";
      yield held === "" ? said : said.slice(0, -1);
      at = end;
      await breathe();
    }
    if (held !== "") yield held;
  }
}

/** The end of the last whole character or escape before `wanted`, which is at least ten bytes on. */
function endOfPiece(bytes: Uint8Array, from: number, wanted: number): number {
  if (wanted >= bytes.length) return bytes.length;
  let end = wanted;
  while (end > wanted - CHARACTER && isContinuation(bytes[end])) end--;
  for (let at = end - UNICODE_ESCAPE + 1; at < end; at++) {
    if (beginsEscape(bytes, from, at) && at + lengthOfEscape(bytes, at) > end) return at;
  }
  return end;
}

const isFirstOfPair = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isContinuation = (byte = 0): boolean => (byte & 0xc0) === 0x80;

/** Not escaped itself: an even number of backslashes stands before it. */
function beginsEscape(bytes: Uint8Array, from: number, at: number): boolean {
  if (bytes[at] !== BACKSLASH) return false;
  let first = at;
  while (first > from && bytes[first - 1] === BACKSLASH) first--;
  return (at - first) % 2 === 0;
}

const lengthOfEscape = (bytes: Uint8Array, at: number): number => (bytes[at + 1] === U ? UNICODE_ESCAPE : PLAIN_ESCAPE);
