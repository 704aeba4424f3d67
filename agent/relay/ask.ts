import { Refused } from "./answers.ts";
import { drop } from "./drop.ts";
import { JsonKeys, NotReadable } from "./json-keys.ts";

/** The API takes as much; a seat's listener refuses more before it comes here. */
export const BODY_LIMIT = 32 * 2 ** 20;
/** Of one seat, bodies whose model isn't known yet: most name it in the first bytes, some behind everything else, packed ones somewhere. */
const HELD_PER_SEAT = BODY_LIMIT;
const MODEL_LIMIT = 1024;

/** Bytes of bodies that are held until their model is known, by seat: none can take the others' room. */
export type Held = Map<number, number>;

export interface Asking {
  seat: number;
  body: ReadableStream<Uint8Array>;
  /** As `Content-Encoding` says. */
  encoding: string | null;
  held: Held;
  /** Ends the waiting for a body that doesn't come; aborted when the body turns out to be unreadable on its way. */
  abort: AbortController;
  /** All of the body is here. */
  ended(): void;
}

export interface Ask {
  model: string;
  /** The body as it came, byte for byte. Fails when it turns out to name a second model. */
  body: ReadableStream<Uint8Array>;
  /** How much of it has come. */
  bytes(): number;
}

/** Formats a body may be packed in, as `Content-Encoding` names them and as they are unpacked. */
const PACKED: Readonly<Record<string, string>> = { gzip: "gzip", deflate: "deflate", br: "brotli", zstd: "zstd" };

/**
 * Reads of a request's body which model it asks for, and no more than that takes. A second `model` would be what the upstream believes.
 * @throws Refused @throws the signal's reason
 */
export async function readAsk({ seat, body, encoding, held, abort, ended }: Asking): Promise<Ask> {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  const all = { held: 0, read: 0 };
  const hold = (bytes: number) => {
    all.held += bytes;
    held.set(seat, (held.get(seat) ?? 0) + bytes);
  };
  const release = () => hold(-all.held);
  const model = watchModel();
  const packed = encoding !== null && encoding !== "identity";
  const look = packed ? () => {} : model.push;
  async function read(): Promise<Uint8Array | undefined> {
    const { done, value } = await orAborted(reader.read(), abort.signal);
    if (done) ended();
    all.read += value?.length ?? 0;
    return value;
  }
  async function more(): Promise<boolean> {
    const value = await read();
    if (!value) return false;
    if ((held.get(seat) ?? 0) + value.length > HELD_PER_SEAT) throw new Refused(FULL);
    hold(value.length);
    pieces.push(value);
    return true;
  }
  try {
    if (packed) {
      while (await more());
      await unpack(pieces, encoding, model.push);
    } else while (model.name() === undefined && (await more())) look(pieces.at(-1));
    const name = model.name();
    if (name === undefined) throw new Refused(NO_MODEL);
    return {
      model: name,
      body: goOn({ pieces, reader, read, look, release, fail: (error) => abort.abort(asRefused(error)) }),
      bytes: () => all.read,
    };
  } catch (error) {
    release();
    reader.releaseLock();
    throw asRefused(error);
  }
}

function asRefused(error: unknown): unknown {
  if (!(error instanceof NotReadable)) return error;
  return new Refused({ why: "body", message: `The request can't be read: ${error.message}.` });
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

const FULL = { why: "busy", message: "Too many large requests of this seat at once: try again in a moment." } as const;
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

interface Begun {
  /** What was read already. */
  pieces: Uint8Array[];
  reader: ReadableStreamDefaultReader<Uint8Array>;
  read(): Promise<Uint8Array | undefined>;
  look(bytes: Uint8Array): void;
  release(): void;
  fail(error: unknown): void;
}

/** What was read, then what is still to come, as fast as it is taken. */
function goOn({ pieces, reader, read, look, release, fail }: Begun): ReadableStream<Uint8Array> {
  const end = () => {
    release();
    return drop(reader);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const first = pieces.shift();
        if (first) return controller.enqueue(first);
        release();
        try {
          const value = await read();
          if (!value) return controller.close();
          look(value);
          controller.enqueue(value);
        } catch (error) {
          // Else it would look as if the upstream had failed.
          fail(error);
          await end();
          throw error;
        }
      },
      cancel: () => void end(),
    },
    { highWaterMark: 0 },
  );
}
