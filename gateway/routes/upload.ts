import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Busboy, type BusboyFileStream, type BusboyHeaders } from "@fastify/busboy";
import { Problem } from "../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";

/** A definition has 256 KiB at most, and a browser sends a line's end as two bytes. What is cut off here is too long for sure. */
const FIELD_LIMIT = 2 * 256 * 1024 + 1;
/** Starter files and a definition. */
const FILES = 2;
const LIMITS = { fields: 30, fieldSize: FIELD_LIMIT, files: FILES, fileSize: UPLOAD_LIMIT + 1, headerPairs: 20 };

export interface UploadedFile {
  name: string;
  /** On the disk, for as long as the form is. */
  path: string;
  /** At most one more than `UPLOAD_LIMIT`. */
  bytes: number;
}

/** A form with files, which go to the disk as they come. `await using` removes them. */
export interface UploadForm extends AsyncDisposable {
  fields: FormData;
  /** By field; only those that were chosen. */
  files: Map<string, UploadedFile>;
}

/** @throws INVALID_INPUT when it isn't a form, or not whole */
export async function readUploadForm(request: Request): Promise<UploadForm> {
  const directory = await mkdtemp(join(tmpdir(), "clarateach-form-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const form = await receive(request, directory);
    return { ...form, [Symbol.asyncDispose]: remove };
  } catch (cause) {
    await remove();
    throw new Problem("INVALID_INPUT", "The form did not arrive whole. Go back and send it again.", { cause });
  }
}

async function receive(request: Request, directory: string): Promise<Pick<UploadForm, "fields" | "files">> {
  const fields = new FormData();
  const files: Promise<[field: string, UploadedFile]>[] = [];
  const parser = new Busboy({ headers: Object.fromEntries(request.headers) as BusboyHeaders, limits: LIMITS });
  parser.on("field", (name, value) => fields.append(name, value));
  parser.on("file", (field, stream, name) => {
    const storing = store(stream, name, join(directory, `${files.length}`)).then(
      (file) => [field, file] as [string, UploadedFile],
    );
    // Where the form breaks off, the parser's own error is told.
    storing.catch(() => {});
    files.push(storing);
  });
  await pipeline(request.body ?? [], parser);
  const stored = await Promise.all(files);
  return { fields, files: new Map(stored.filter(([, { name, bytes }]) => name !== "" || bytes > 0)) };
}

/** Written no faster than the disk takes it; the parser waits, and with it the browser. */
async function store(stream: BusboyFileStream, name = "", path: string): Promise<UploadedFile> {
  await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
  return { name: basename(name), path, bytes: stream.bytesRead };
}
