import { createSocket } from "node:dgram";
import type { ManagedZone } from "./dns/state.ts";

/** Numbers of RFC 1035 §3.2.2, as far as they are told. */
const TYPES: Record<number, string> = { 1: "A", 2: "NS", 16: "TXT" };
const HEADER = 12;

export interface NameServer {
  /** `127.0.0.1:5300` */
  address: string;
  /** Questions so far: `_acme-challenge.ws-abc123.ws.example.com. TXT`. */
  questions: string[];
  end(): Promise<void>;
}

/**
 * Tells what stands in a zone of the emulator, by UDP, as Google's name servers would (RFC 1035).
 * @param others addresses of names that are nobody's of the emulator, with a dot at the end
 */
export async function startNameServer(
  zone: () => ManagedZone | undefined,
  { address: hostname, port: wanted }: { address: string; port: number } = { address: "127.0.0.1", port: 0 },
  others: Readonly<Record<string, string>> = {},
): Promise<NameServer> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (question, { address, port }) => {
    const { name, type, end } = questionIn(question);
    questions.push(`${name} ${TYPES[type] ?? type}`);
    const other = type === 1 ? others[name] : undefined;
    const records = other ? [other] : recordsOf(zone(), name, TYPES[type]);
    socket.send(answerTo(question.subarray(0, end), records, type), port, address);
  });
  const bound = Promise.withResolvers<void>();
  socket.bind(wanted, hostname, bound.resolve);
  await bound.promise;
  return {
    address: `${hostname}:${socket.address().port}`,
    questions,
    end: () => new Promise((done) => socket.close(() => done())),
  };
}

function questionIn(message: Buffer): { name: string; type: number; end: number } {
  let [at, name] = [HEADER, ""];
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    name += `${message.toString("latin1", at + 1, at + 1 + length)}.`;
    at += 1 + length;
  }
  return { name: name.toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** Only what the API calls done: a change that is pending hasn't reached every name server. */
function recordsOf(zone: ManagedZone | undefined, name: string, type: string | undefined): string[] {
  const pending = zone?.changes.some(
    ({ status, additions }) => status === "pending" && additions.some((record) => record.name === name && record.type === type),
  );
  return (!pending && zone?.records.get(`${name} ${type}`)?.rrdatas) || [];
}

function answerTo(question: Buffer, records: readonly string[], type: number): Buffer {
  const head = Buffer.from(question.subarray(0, HEADER));
  // An answer, with authority, to one question.
  head.writeUInt16BE(0x8400, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, question.subarray(HEADER), ...records.map((record) => resource(record, type))]);
}

function resource(record: string, type: number): Buffer {
  const data = dataOf(record, type);
  const head = Buffer.alloc(12);
  // The name of the question.
  head.writeUInt16BE(0xc000 | HEADER, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf(record: string, type: number): Buffer {
  if (type === 1) return Buffer.from(record.split(".").map(Number));
  // A name is labels with their lengths, the last is empty; a text is one.
  const parts = type === 2 ? record.split(".") : [record.replace(/^"|"$/g, "")];
  return Buffer.concat(parts.flatMap((part) => [Buffer.of(part.length), Buffer.from(part)]));
}
