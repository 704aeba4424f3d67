/** Just enough of DNS (RFC 1035) to read a question, refuse it, and find the addresses in an answer. Every length is checked: both sides may lie. */
const HEAD = 12;
const NAME_LIMIT = 255;
const RECORDS_LIMIT = 100;

export const TYPE = { A: 1, AAAA: 28, SVCB: 64, HTTPS: 65 } as const;
export const CODE = { ok: 0, formatError: 1, serverFailure: 2, nameError: 3, refused: 5 } as const;

export interface Question {
  id: number;
  /** Lower case, without the last dot. */
  name: string;
  type: number;
  /** Where the question ends in the message. */
  end: number;
}

/** Undefined for anything but a plain query with one question. */
export function questionIn(message: Uint8Array): Question | undefined {
  if (message.length < HEAD + 5) return undefined;
  const view = viewOf(message);
  const isQuery = (view.getUint16(2) & 0xf800) === 0;
  if (!isQuery || view.getUint16(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEAD;
  for (;;) {
    const length = message[at] ?? 0xff;
    if (length > 63 || at + 1 + length > message.length || at - HEAD > NAME_LIMIT) return undefined;
    at += 1 + length;
    if (length === 0) break;
    const label = Buffer.from(message.subarray(at - length, at)).toString("latin1");
    // Nobody has such a name, and a list of names would take it for another one.
    if (label.includes(".")) return undefined;
    labels.push(label);
  }
  if (at + 4 > message.length) return undefined;
  return { id: view.getUint16(0), name: labels.join(".").toLowerCase(), type: view.getUint16(at), end: at + 4 };
}

/** An answer without records, to the question in `message`. */
export function emptyAnswer(message: Uint8Array, question: Question, code: number): Uint8Array {
  const answer = message.slice(0, question.end);
  const view = viewOf(answer);
  const recursionDesired = view.getUint16(2) & 0x0100;
  view.setUint16(2, 0x8080 | recursionDesired | code);
  view.setUint16(4, 1);
  for (const at of [6, 8, 10]) view.setUint16(at, 0);
  return answer;
}

/** The IPv4 addresses an answer gives, dotted. */
export function addressesIn(answer: Uint8Array): string[] {
  if (answer.length < HEAD) return [];
  const view = viewOf(answer);
  let at = HEAD;
  for (let n = view.getUint16(4); n > 0 && at > 0; n--) at = skipName(answer, at) + 4;
  const found: string[] = [];
  for (let n = Math.min(view.getUint16(6), RECORDS_LIMIT); n > 0; n--) {
    at = skipName(answer, at);
    if (at <= 0 || at + 10 > answer.length) break;
    const type = view.getUint16(at);
    const length = view.getUint16(at + 8);
    if (at + 10 + length > answer.length) break;
    if (type === TYPE.A && length === 4) found.push([...answer.subarray(at + 10, at + 14)].join("."));
    at += 10 + length;
  }
  return found;
}

/** Is `name` one of these? `.example.org` stands for itself and all below. */
export function isNamed(name: string, names: readonly string[]): boolean {
  return names.some((wanted) => (wanted.startsWith(".") ? name === wanted.slice(1) || name.endsWith(wanted) : name === wanted));
}

/** Behind the name at `at`; at or below 0 when it has no end. */
function skipName(message: Uint8Array, at: number): number {
  for (let place = at; place > 0; ) {
    const length = message[place];
    if (length === undefined) return -1;
    if (length >= 0xc0) return place + 2;
    place += 1 + length;
    if (length === 0) return place;
  }
  return -1;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
