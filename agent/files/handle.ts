import { attachment } from "../contract/attachment.ts";
import { Problem } from "../contract/errors.ts";
import { type FileContent, type Saved, UPLOAD_LIMIT, WORKSPACE } from "../contract/files.ts";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { type ArchiveSource, archiveOf } from "./archive.ts";
import { bodyJson, bodyPieces, JSON_SAVE_LIMIT, jsonTooLarge, PATHS_LIMIT } from "./body.ts";
import { PIECE } from "./bytes.ts";
import { contentOf } from "./content.ts";
import { remove } from "./deleting.ts";
import { type Descriptor, openFile, openRoot, settle } from "./descriptors.ts";
import { AS_DATA, sendFile, streamOf } from "./download.ts";
import { makeFolder } from "./folders.ts";
import { list } from "./listing.ts";
import { decodeAddress, parsePath, type WorkspacePath } from "./paths.ts";
import { readContent } from "./reading.ts";
import { codeOf, refusal } from "./refusals.ts";
import { rename } from "./renaming.ts";
import { save, tooLarge } from "./saving.ts";
import { takeSlot } from "./slots.ts";
import { Queues } from "./turns.ts";
import { etag, names, versionOf } from "./version.ts";

/**
 * `/vm/NN/files/*`, for a caller who may.
 *
 * | call | answer |
 * |---|---|
 * | `GET ?path=/workspace/a`, `GET workspace/a` | a folder's `Listing`, a file's `FileContent` with ETag; `If-None-Match` → 304 |
 * | `GET workspace/a?download` (or `?raw`) | the bytes; `Range`, `If-Range`, `If-None-Match` |
 * | `PUT workspace/a?raw`, the bytes | `Saved`; `If-Match`, `If-None-Match: *` |
 * | `PUT workspace/a` `{content, encoding?}` | the same, up to `JSON_SAVE_LIMIT` |
 * | `DELETE workspace/a` | 204; a folder with all in it |
 * | `POST rename` `{from, to}`, `POST mkdir` `{path}` | 204 |
 * | `GET archive` | a zip of everything |
 *
 * @param address what follows `files/`, still percent-encoded, without the query  @throws Problem
 */
export async function handleFiles(request: Request, seat: SeatHandle, address: string): Promise<Response> {
  if (request.method === "POST") return change(request, seat, address);
  if (address === "archive") return ownArchive(request, seat);
  const path = pathOf(request, address);
  try {
    if (request.method === "PUT") return await put(request, seat, path);
    if (request.method === "DELETE") return await forget(seat, path);
    return await get(request, seat, path);
  } catch (error) {
    throw refusal(error, path.text);
  }
}

/** One zip of several seats' work; `name` is what it is called where it is saved. `done` is called once it was taken or given up. */
export function sendArchive(request: Request, sources: readonly ArchiveSource[], name: string, done = () => {}): Response {
  const headers = { ...AS_DATA, "content-type": "application/zip", "content-disposition": attachment(name) };
  if (request.method !== "HEAD") return new Response(streamOf(archiveOf(sources), done, request.signal), { headers });
  done();
  return new Response(null, { headers });
}

function ownArchive(request: Request, seat: SeatHandle): Response {
  return sendArchive(request, [{ seat, folder: "workspace" }], `seat-${seatName(seat.seat)}.zip`, takeSlot(seat, "archive"));
}

function pathOf(request: Request, address: string): WorkspacePath {
  if (address !== "") return parsePath(decodeAddress(`/${address}`));
  const query = /[?&]path=([^&#]*)/.exec(request.url)?.[1];
  return parsePath(query === undefined ? WORKSPACE : decodeAddress(query.replaceAll("+", " ")));
}

async function get(request: Request, seat: SeatHandle, path: WorkspacePath): Promise<Response> {
  const query = new URL(request.url).searchParams;
  if (query.has("download") || query.has("raw")) return download(request, seat, path);
  using root = openRoot(seat);
  await using file = openUnlessFolder(root, path);
  return file ? await read(request, seat, file, path) : json(await list(seat, path));
}

/** One after the other for each seat: a file of 5 MB takes three times that while it is made an answer. */
const reading = new Queues();

async function read(request: Request, seat: SeatHandle, file: Descriptor, path: WorkspacePath): Promise<Response> {
  const content = await reading.run(seat.workspace, () => readContent(file, path.text));
  if (isUnchanged(request, content.version)) return unchanged(content.version);
  const bytes = Buffer.from(JSON.stringify(content satisfies FileContent));
  return sendBytes(request, bytes, etag(content.version), takeSlot(seat, "answer"));
}

/** Small ones are the server's at once; of a large one it gets the next piece when the client took the last. */
function sendBytes(request: Request, bytes: Buffer<ArrayBuffer>, tag: string, done: () => void): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store", etag: tag };
  if (bytes.length > PIECE && request.method !== "HEAD")
    return new Response(streamOf(cut(bytes), done, request.signal), { headers });
  done();
  return new Response(request.method === "HEAD" ? null : bytes, { headers });
}

async function* cut(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Undefined: it is a folder. */
function openUnlessFolder(root: Descriptor, path: WorkspacePath): Descriptor | undefined {
  try {
    return openFile(root, settle(root, path));
  } catch (error) {
    if (codeOf(error) === "EISDIR") return undefined;
    throw error;
  }
}

async function download(request: Request, seat: SeatHandle, path: WorkspacePath): Promise<Response> {
  const done = takeSlot(seat, "download");
  let file: Descriptor | undefined;
  try {
    using root = openRoot(seat);
    file = openFile(root, settle(root, path));
    const version = await versionOf(file);
    if (!isUnchanged(request, version))
      return sendFile(request, { file, name: path.text.split("/").at(-1) ?? "file", version, done });
    await file[Symbol.asyncDispose]();
    done();
    return unchanged(version);
  } catch (error) {
    await file?.[Symbol.asyncDispose]();
    done();
    throw error;
  }
}

async function put(request: Request, seat: SeatHandle, path: WorkspacePath): Promise<Response> {
  const raw = new URL(request.url).searchParams.has("raw");
  refuseAnnounced(request, path.text, raw);
  const done = takeSlot(seat, "save");
  try {
    const content = raw ? bodyPieces(request) : [contentOf(await bodyJson(request, JSON_SAVE_LIMIT))];
    const condition = { match: request.headers.get("if-match"), noneMatch: request.headers.get("if-none-match") };
    const version = await save(seat, path, content, condition);
    return json({ success: true, version } satisfies Saved, { etag: etag(version) });
  } finally {
    done();
  }
}

/** Before a byte of it is read. */
function refuseAnnounced(request: Request, shown: string, raw: boolean): void {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (!raw && length > JSON_SAVE_LIMIT) throw jsonTooLarge(JSON_SAVE_LIMIT);
  if (length > UPLOAD_LIMIT) throw tooLarge(shown);
}

async function forget(seat: SeatHandle, path: WorkspacePath): Promise<Response> {
  const done = takeSlot(seat, "delete");
  try {
    await remove(seat, path);
  } finally {
    done();
  }
  return new Response(null, { status: 204 });
}

async function change(request: Request, seat: SeatHandle, name: string): Promise<Response> {
  if (name !== "rename" && name !== "mkdir")
    throw new Problem("NOT_FOUND", `There is nothing to post to at "files/${name.slice(0, 100)}".`);
  const body = await bodyJson(request, PATHS_LIMIT);
  if (name === "rename") await rename(seat, pathField(body, "from"), pathField(body, "to"));
  else await folder(seat, pathField(body, "path"));
  return new Response(null, { status: 204 });
}

async function folder(seat: SeatHandle, path: WorkspacePath): Promise<void> {
  try {
    await makeFolder(seat, path);
  } catch (error) {
    throw refusal(error, path.text);
  }
}

function pathField(body: Record<string, unknown>, field: string): WorkspacePath {
  const value = body[field];
  if (typeof value !== "string")
    throw new Problem("INVALID_INPUT", `The field "${field}" is missing: it holds a path like "${WORKSPACE}/a.txt".`);
  return parsePath(value);
}

function isUnchanged(request: Request, version: string): boolean {
  const condition = request.headers.get("if-none-match");
  return condition !== null && names(condition, version);
}

const unchanged = (version: string): Response => new Response(null, { status: 304, headers: { etag: etag(version) } });

function json(value: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(value, { headers: { "cache-control": "no-store", ...headers } });
}
