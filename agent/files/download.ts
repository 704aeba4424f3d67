import { attachment } from "../contract/attachment.ts";
import { piecesOf } from "./bytes.ts";
import type { Descriptor } from "./descriptors.ts";
import { etag } from "./version.ts";

/** Whatever a learner stores is data: a browser neither shows it as a page of ours nor guesses that it is one. */
export const AS_DATA = {
  "content-type": "application/octet-stream",
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;

export interface Download {
  file: Descriptor;
  name: string;
  version: string;
  /** Called once the last byte went, or the client did. */
  done(): void;
}

/** A file's bytes as they are; one range of them when asked. Takes the descriptor over. */
export function sendFile(request: Request, { file, name, version, done }: Download): Response {
  const size = Number(file.stat().size);
  const range = rangeOf(request, size, version);
  const headers: Record<string, string> = {
    ...AS_DATA,
    etag: etag(version),
    "accept-ranges": "bytes",
    "content-disposition": attachment(name),
  };
  const finish = () => {
    void file[Symbol.asyncDispose]();
    done();
  };
  if (range === "none") {
    finish();
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${size}` } });
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range) headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  const status = range ? 206 : 200;
  if (request.method === "HEAD") {
    finish();
    return new Response(null, { status, headers: { ...headers, "content-length": String(end - start) } });
  }
  return new Response(streamOf(exactly(file, start, end), finish, request.signal), { status, headers });
}

/** Promised bytes must come: a file that shrank meanwhile ends the connection, so that nobody takes a part for the whole. */
async function* exactly(file: Descriptor, start: number, end: number): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const piece of piecesOf(file, start, end)) {
    sent += piece.length;
    yield piece;
  }
  if (sent < end - start) throw new Error("the file became shorter while it was sent");
}

/**
 * A body that is read only as fast as the client takes it. Bun sends every
 * stream chunked, whatever Content-Length it is given: a part can't be taken for the whole, but a browser shows no share of it.
 * `finish` is called exactly once, also when the client leaves before the first byte.
 */
export function streamOf(pieces: AsyncGenerator<Uint8Array>, finish: () => void, signal: AbortSignal): BodyInit {
  let over = false;
  const end = async () => {
    if (over) return;
    over = true;
    signal.removeEventListener("abort", end);
    // Waits for a read that is under way: its descriptor must not be closed (and given to another file) before.
    await pieces.return(undefined).catch(() => {});
    finish();
  };
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      if (over) return { done: true, value: undefined };
      try {
        const result = await pieces.next();
        if (result.done) await end();
        return result;
      } catch (error) {
        await end();
        throw error;
      }
    },
    return: async () => {
      await end();
      return { done: true, value: undefined };
    },
  };
  if (signal.aborted) void end();
  else signal.addEventListener("abort", end);
  return { [Symbol.asyncIterator]: () => iterator } as unknown as BodyInit;
}

/** Undefined: all of it (also for several ranges, which a server may ignore). "none": nothing of the file is in the range. */
export function rangeOf(request: Request, size: number, version: string): { start: number; end: number } | "none" | undefined {
  const condition = request.headers.get("if-range");
  if (condition !== null && condition !== etag(version)) return undefined;
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.get("range") ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return Number(last) === 0 || size === 0 ? "none" : { start: Math.max(0, size - Number(last)), end: size };
  if (last !== "" && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return "none";
  return { start: Number(first), end: Math.min(size, last === "" ? size : Number(last) + 1) };
}
