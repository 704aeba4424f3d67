import { readFileSync, statSync } from "node:fs";

/** What `scripts/build-assets` wrote: every file in brotli and gzip, named by its content, and the documents made of them. */
export interface Manifest {
  /** By the name a page asks for: `portal.css`. */
  assets: Record<string, BuiltFile>;
  /** Whole pages, served at addresses of their own: `workspace`. */
  documents: Record<string, BuiltFile>;
}

export interface BuiltFile {
  /** In the folder, without `.br` or `.gz`: `portal-1a2b3c4d.css`. */
  file: string;
  /** Content-Type. */
  type: string;
}

/** Inside the compiled executable the folder given to `--asset` lies beside the program. */
const FOLDER = import.meta.dir.startsWith("/$bunfs") ? `${import.meta.dir}/assets` : `${import.meta.dir}/../dist/assets`;
const PREFIX = "/assets/";
const A_YEAR = 365 * 24 * 3600;

/** No request leaves the page's own origin; Monaco and xterm write style attributes, Monaco starts workers. */
const CONTENT_SECURITY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** `portal.css` → `/assets/portal-1a2b3c4d.css`. @throws when there is no such asset: the page would be broken without it. */
export function assetUrl(name: string): string {
  const built = manifest().assets[name];
  if (!built) throw new Error(`there is no asset "${name}" in ${FOLDER}: build it with scripts/build-assets`);
  return PREFIX + built.file;
}

/** Answers GET and HEAD under /assets/; undefined for every other path. */
export function serveAsset(request: Request): Response | undefined {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(PREFIX)) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD")
    return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
  const built = state().byFile.get(pathname.slice(PREFIX.length));
  if (!built) return new Response("There is no such file.", { status: 404, headers: { "cache-control": "no-store" } });
  return answer(request, built, {
    "cache-control": `public, max-age=${A_YEAR}, immutable`,
    "cross-origin-resource-policy": "same-origin",
    // Of the seats' service worker, which would be for /assets/ alone.
    "service-worker-allowed": "/vm/",
  });
}

/**
 * Answers with a document of the build (`workspace`), which is never kept without asking, because its address stays the same.
 * @throws when there is no such document.
 */
export function serveDocument(name: string, request: Request): Response {
  const built = manifest().documents[name];
  if (!built) throw new Error(`there is no document "${name}" in ${FOLDER}: build it with scripts/build-assets`);
  return answer(request, built, DOCUMENT_HEADERS);
}

export const DOCUMENT_HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy": CONTENT_SECURITY,
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};

type Encoding = "br" | "gzip" | "identity";

function answer(request: Request, built: BuiltFile, more: Record<string, string>): Response {
  const encoding = wanted(request.headers.get("accept-encoding"));
  const etag = `"${built.file}.${encoding}"`;
  const headers = { ...more, etag, vary: "Accept-Encoding", "content-type": built.type, "x-content-type-options": "nosniff" };
  if (request.headers.get("if-none-match")?.includes(etag)) return new Response(null, { status: 304, headers });
  if (encoding === "identity") return new Response(unpacked(built), { headers });
  return new Response(Bun.file(`${FOLDER}/${built.file}.${encoding === "br" ? "br" : "gz"}`), {
    headers: { ...headers, "content-encoding": encoding },
  });
}

function wanted(accepted: string | null): Encoding {
  const named = new Set<string>();
  for (const part of (accepted ?? "").toLowerCase().split(",")) {
    const [name = "", ...settings] = part.split(";").map((word) => word.trim());
    if (!settings.some((setting) => /^q=0(\.0*)?$/.test(setting))) named.add(name);
  }
  return named.has("br") ? "br" : named.has("gzip") ? "gzip" : "identity";
}

/** For the rare client that takes no compression: nothing is stored twice. */
function unpacked(built: BuiltFile): ReadableStream {
  return Bun.file(`${FOLDER}/${built.file}.gz`).stream().pipeThrough(new DecompressionStream("gzip"));
}

interface State {
  manifest: Manifest;
  byFile: Map<string, BuiltFile>;
  /** Of manifest.json; 0 inside the executable, where it can't change. */
  modified: number;
}

let known: State | undefined;

function manifest(): Manifest {
  return state().manifest;
}

function state(): State {
  const path = `${FOLDER}/manifest.json`;
  const modified = FOLDER.startsWith("/$bunfs") ? 0 : (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1);
  if (known?.modified === modified) return known;
  if (modified < 0) throw new Error(`"${path}" is missing: build the assets with scripts/build-assets`);
  const read = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  known = { manifest: read, byFile: new Map(Object.values(read.assets).map((built) => [built.file, built])), modified };
  return known;
}
