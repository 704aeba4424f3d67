/** What of DER (X.690) certificates and requests for them need. */

/** Only those that they need. */
export const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
} as const;

export const ECDSA_SHA256 = der(TAG.sequence, oid("1.2.840.10045.4.3.2"));

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

/** One value: its bytes with and without its head. */
interface Field {
  whole: Buffer;
  body: Buffer;
}

/** The values inside a value. @throws when they aren't whole */
export function fieldsOf(whole: Buffer | undefined): Field[] {
  const fields: Field[] = [];
  const { body } = fieldAt(whole ?? Buffer.of());
  for (let at = 0; at < body.length; ) {
    const field = fieldAt(body.subarray(at));
    fields.push(field);
    at += field.whole.length;
  }
  return fields;
}

/** The same bytes. @throws when something stands behind the first value */
export function wholeOf(bytes: Buffer): Buffer {
  if (fieldAt(bytes).whole.length === bytes.length) return bytes;
  throw new Error("there is more than one value");
}

function fieldAt(bytes: Buffer): Field {
  const first = bytes[1] ?? 0;
  const more = first < 0x80 ? 0 : first - 0x80;
  const [from, length] = [2 + more, more === 0 ? first : more <= 2 && bytes.length > 3 ? bytes.readUIntBE(2, more) : Infinity];
  if (bytes.length < from + length) throw new Error("a value isn't whole");
  return { whole: bytes.subarray(0, from + length), body: bytes.subarray(from, from + length) };
}

/** @param label `CERTIFICATE` */
export function pem(bytes: Buffer, label: string): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
