import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { Problem } from "../../contract/errors.ts";
import type { PinnedPackage } from "../../definition/content.ts";
import { tarballOf } from "./registry.ts";

export interface DownloadOptions {
  registry: string;
  /** The file that is made. */
  to: string;
  /** Called often. @param done bytes of this package */
  progress(done: number): void;
  signal: AbortSignal;
}

/** A mirror that fetches a large package first is silent that long. */
const SILENCE_MS = 60_000;

/** A line that is cut once is cut seldom again. */
const TRIES = 2;

/** Trouble on the way; once more may do. */
class Cut extends Error {}

/**
 * Fetches a package whole, or leaves nothing that anybody would use: exactly the bytes that are pinned.
 * @throws Problem UNAVAILABLE that says what couldn't be fetched, from where, why, and what to do; `signal`'s reason
 */
export async function download(wanted: PinnedPackage, options: DownloadOptions): Promise<void> {
  for (let tries = TRIES; ; tries--) {
    try {
      return await fetchOnce(wanted, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof Problem) throw error;
      if (!(error instanceof Cut)) throw fileProblem(wanted, error);
      if (tries === 1) throw problem(wanted, options.registry, error.message);
    }
  }
}

async function fetchOnce(wanted: PinnedPackage, { registry, to, progress, signal }: DownloadOptions): Promise<void> {
  const silence = new Silence();
  const aborted = AbortSignal.any([signal, silence.signal]);
  const answer = await fetch(tarballOf(registry, wanted), { signal: aborted, decompress: false }).catch((error) => {
    throw new Cut(whyOf(error, silence));
  });
  try {
    if (!answer.ok || !answer.body) throw statusProblem(wanted, registry, answer.status);
    const file = await open(to, "w", 0o600);
    try {
      await keep(answer.body, file, wanted, registry, (done) => {
        silence.heard();
        progress(done);
      }).catch((error) => {
        throw error instanceof Problem || isOfFiles(error) ? error : new Cut(whyOf(error, silence));
      });
    } finally {
      await file.close();
    }
  } finally {
    silence.end();
    await answer.body?.cancel().catch(() => {});
  }
}

async function keep(
  body: ReadableStream<Uint8Array>,
  file: FileHandle,
  wanted: PinnedPackage,
  registry: string,
  progress: (done: number) => void,
): Promise<void> {
  const hash = createHash("sha512");
  let done = 0;
  progress(done);
  for await (const chunk of body) {
    done += chunk.length;
    if (done > wanted.bytes) throw changed(wanted, registry);
    hash.update(chunk);
    await file.appendFile(chunk);
    progress(done);
  }
  if (done < wanted.bytes) throw new Cut(`the line was cut after ${done} of ${wanted.bytes} bytes`);
  if (`sha512-${hash.digest("base64")}` !== wanted.integrity) throw changed(wanted, registry);
}

/** Aborts when nothing comes for a while. */
class Silence {
  readonly #abort = new AbortController();
  #timer: Timer | undefined;

  constructor() {
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abort.abort(), SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

const whyOf = (error: unknown, { signal }: Silence): string =>
  signal.aborted ? `nothing came for ${SILENCE_MS / 1000} s` : error instanceof Error ? error.message : String(error);

const isOfFiles = (error: unknown): boolean =>
  typeof (error as NodeJS.ErrnoException).syscall === "string" && (error as NodeJS.ErrnoException).syscall === "write";

const labelOf = ({ name, version }: PinnedPackage): string => `${name} ${version}`;

const problem = (wanted: PinnedPackage, registry: string, why: string): Problem =>
  new Problem(
    "UNAVAILABLE",
    `cannot fetch ${labelOf(wanted)} from ${registry}: ${why}; look after this computer's way to it, or set CLARATEACH_NPM_REGISTRY to a mirror, then start again`,
  );

/** A registry that is busy gets a second try, one that doesn't have it none. */
function statusProblem(wanted: PinnedPackage, registry: string, status: number): Error {
  const why = `it answers with status ${status}`;
  return status >= 500 || status === 429 ? new Cut(why) : problem(wanted, registry, why);
}

const changed = (wanted: PinnedPackage, registry: string): Problem =>
  new Problem(
    "UNAVAILABLE",
    `${registry} sent another file than ${labelOf(wanted)} is: nothing of it was used; a mirror or a proxy on the way changes it, go round it, then start again`,
  );

const fileProblem = (wanted: PinnedPackage, error: unknown): unknown =>
  (error as NodeJS.ErrnoException).code === "ENOSPC"
    ? new Problem("UNAVAILABLE", `the disk is full: ${labelOf(wanted)} doesn't fit; free some space, then start again`)
    : error;
