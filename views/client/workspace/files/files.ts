import type { ErrorBody, ErrorCode } from "../../../../agent/contract/errors.ts";
import type { FileContent, Listing, Saved } from "../../../../agent/contract/files.ts";
import { base } from "../session.ts";
import { inAddress } from "./paths.ts";

/** The machine's answer when it wouldn't; `message` is for people. */
export class FileProblem extends Error {
  override readonly name = "FileProblem";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** No answer: the line is down, or nobody can work in the seat now. */
export class Offline extends Error {
  override readonly name = "Offline";
  constructor(
    message: string,
    /** For people. */
    readonly words = "The line is down; try again in a moment.",
  ) {
    super(message);
  }
}

const address = (path: string): string => `${base}files/${inAddress(path)}`;

export const downloadUrl = (path: string): string => `${address(path)}?download`;
export const archiveUrl = (): string => `${base}files/archive`;

export async function list(folder: string): Promise<Listing> {
  return (await call(`${base}files?path=${encodeURIComponent(folder)}`)).json() as Promise<Listing>;
}

/** Undefined: still the version one has. */
export async function read(path: string, version?: string): Promise<FileContent | undefined> {
  const answer = await call(address(path), version ? { headers: { "if-none-match": `"${version}"` } } : {});
  if (answer.status === 304) return undefined;
  const content = (await answer.json()) as FileContent;
  return content.version === version ? undefined : content;
}

/** As UTF-8. `version`: of what one changed; null when there must be no such file yet. @throws `CONFLICT` when the disk has another. */
export async function write(path: string, content: string, version: string | null): Promise<string> {
  const condition: Record<string, string> = version === null ? { "if-none-match": "*" } : { "if-match": `"${version}"` };
  const headers = { "content-type": "application/octet-stream", ...condition };
  // Half of a pair of characters would be replaced without a word.
  if (!content.isWellFormed()) throw new FileProblem("INVALID_INPUT", "It holds half a character, which no file can: remove it.");
  const answer = await call(`${address(path)}?raw`, { method: "PUT", headers, body: content });
  return ((await answer.json()) as Saved).version;
}

export async function remove(path: string): Promise<void> {
  await call(address(path), { method: "DELETE" });
}

export async function rename(from: string, to: string): Promise<void> {
  await post("rename", { from, to });
}

export async function makeFolder(path: string): Promise<void> {
  await post("mkdir", { path });
}

async function post(name: "rename" | "mkdir", body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  await call(`${base}files/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Sends a file's bytes as they are; `progress` is told the share that has gone, 0 to 1. */
export function upload(path: string, file: Blob, progress: (share: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${address(path)}?raw`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 1);
    request.onload = () => (request.status < 300 ? resolve() : reject(problemOf(request.status, request.responseText)));
    request.onerror = () => reject(new Offline("no answer"));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

async function call(url: string, options: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { cache: "no-store", ...options });
  } catch (cause) {
    throw new Offline(`no answer: ${cause}`);
  }
  if (answer.ok || answer.status === 304) return answer;
  throw problemOf(answer.status, await answer.text().catch(() => ""));
}

function problemOf(status: number, text: string): Error {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    // The seat is away for a while: what waits for the line waits for it too.
    if (error.code === "NOT_RUNNING") return new Offline(error.code, "Your seat is away; try again when it is back.");
    return new FileProblem(error.code, error.message);
  } catch {
    // A proxy between the two answers in its own words while the machine is away.
    return status >= 502
      ? new Offline(`status ${status}`)
      : new FileProblem("INTERNAL_ERROR", `The machine answered with status ${status}.`);
  }
}
