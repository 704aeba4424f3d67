import { Refused } from "./answers.ts";
import { JsonKeys, NotReadable } from "./json-keys.ts";

/** The API takes as much; a seat's listener refuses more before it comes here. */
export const BODY_LIMIT = 32 * 2 ** 20;
/** Bodies of all seats whose model isn't known yet: most name it in the first bytes, some behind everything else. */
const HELD_IN_ALL = 96 * 2 ** 20;
const MODEL_LIMIT = 1024;

/** What is held of bodies until their model is known, over all seats. */
export interface Held {
  bytes: number;
}

export interface Ask {
  model: string;
  /** The body as it came, byte for byte. Fails when it turns out to name a second model. */
  body: ReadableStream<Uint8Array>;
}

/** Formats a body may be packed in, as `Content-Encoding` names them and as they are unpacked. */
const PACKED: Readonly<Record<string, string>> = { gzip: "gzip", deflate: "deflate", br: "brotli", zstd: "zstd" };

/**
 * Reads of a request's body which model it asks for, and no more than that takes. A second `model` would be what the upstream believes.
 * @throws Refused
 */
export async function readAsk(body: ReadableStream<Uint8Array>, encoding: string | null, held: Held): Promise<Ask> {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  const release = () => {
    held.bytes -= size;
    size = 0;
  };
  const model = watchModel();
  async function more(): Promise<boolean> {
    const { done, value } = await reader.read();
    if (done) return false;
    if (held.bytes + value.length > HELD_IN_ALL) throw new Refused(FULL);
    held.bytes += value.length;
    size += value.length;
    pieces.push(value);
    return true;
  }
  try {
    if (encoding === null || encoding === "identity") {
      while (model.name() === undefined && (await more())) model.push(pieces.at(-1));
    } else {
      while (await more());
      await unpack(pieces, encoding, model.push);
    }
    const name = model.name();
    if (name === undefined) throw new Refused(NO_MODEL);
    return { model: name, body: goOn(pieces, reader, encoding === null ? model.push : () => {}, release) };
  } catch (error) {
    release();
    await drop(reader);
    throw error instanceof NotReadable
      ? new Refused({ why: "body", message: `The request can't be read: ${error.message}.` })
      : error;
  }
}

const FULL = { why: "busy", message: "Too many large requests at once: try again in a moment." } as const;
const NO_MODEL = { why: "body", message: "The request names no model." } as const;

/** Also tells of a second one: by throwing. */
function watchModel() {
  let name: string | undefined;
  const keys = new JsonKeys({ model: MODEL_LIMIT }, (_, value) => {
    if (name !== undefined) throw new NotReadable("it names two models");
    name = stringOf(value);
  });
  return {
    name: () => name,
    push: (bytes: Uint8Array | undefined) => {
      if (bytes) keys.push(bytes);
    },
  };
}

function stringOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "string" && value !== "") return value;
  } catch (cause) {
    throw new NotReadable("its model is no string", { cause });
  }
  throw new NotReadable("its model is no string");
}

/** @throws NotReadable for what isn't in that format, or unpacks to more than the API takes */
async function unpack(pieces: readonly Uint8Array[], encoding: string, take: (bytes: Uint8Array) => void): Promise<void> {
  const format = PACKED[encoding.trim().toLowerCase()];
  if (!format) throw new NotReadable(`it is packed as "${encoding.slice(0, 40)}"`);
  let size = 0;
  try {
    const unpacked = new Blob([...pieces] as BlobPart[])
      .stream()
      .pipeThrough(new DecompressionStream(format as CompressionFormat));
    for await (const piece of unpacked as unknown as AsyncIterable<Uint8Array>) {
      size += piece.length;
      if (size > BODY_LIMIT) throw new NotReadable(`it unpacks to more than ${BODY_LIMIT / 2 ** 20} MiB`);
      take(piece);
    }
  } catch (cause) {
    throw cause instanceof NotReadable ? cause : new NotReadable(`it isn't packed as ${encoding}`, { cause });
  }
}

/** What was read, then what is still to come, as fast as it is taken. */
function goOn(
  pieces: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
  look: (bytes: Uint8Array) => void,
  release: () => void,
): ReadableStream<Uint8Array> {
  const end = async () => {
    release();
    await drop(reader);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const first = pieces.shift();
        if (first) return controller.enqueue(first);
        release();
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          look(value);
          controller.enqueue(value);
        } catch (error) {
          await end();
          throw error;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Who was refused hears it after he has said all: a connection that closes before would take the answer with it. */
async function drop(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read().catch(() => ({ done: true }))).done);
}

export async function dropBody({ body, bodyUsed }: Request): Promise<void> {
  if (body && !bodyUsed && !body.locked) await drop(body.getReader() as ReadableStreamDefaultReader<Uint8Array>);
}
