/** The files of a seat as both ends see them. Every path begins with `/workspace`, whatever directory that is on the machine. */
export const WORKSPACE = "/workspace";

/** Larger files are not opened in the editor; they are downloaded instead. */
export const EDITOR_LIMIT = 5 * 1024 * 1024;

/** One raw upload. */
export const UPLOAD_LIMIT = 512 * 1024 * 1024;

/** A workshop.yaml with its own SDKs: scripts and templates. What is larger is fetched by a hook, or belongs into the starter files. */
export const DEFINITION_ARCHIVE_LIMIT = 64 * 1024 * 1024;

/** One listing answers at most this many entries and says how many there are in all. */
export const LISTING_LIMIT = 2000;

/** Linux's own limits: a name has at most 255 bytes, a path 4,096. */
export const NAME_LIMIT = 255;
export const PATH_LIMIT = 4096;

export interface FileEntry {
  name: string;
  /** From `/workspace`. */
  path: string;
  is_directory: boolean;
  /** Bytes; 0 for a directory. */
  size: number;
  /** ISO 8601, UTC. */
  modified_at: string;
  /** What it is when neither file nor directory; such entries can be renamed and deleted, not opened. */
  kind?: "link" | "special";
}

/** Directories first, then by name. `total` is there when the listing was cut at `LISTING_LIMIT`. */
export interface Listing {
  files: FileEntry[];
  total?: number;
}

export interface FileContent {
  content: string;
  encoding: "utf-8" | "base64";
  /** Opaque; also the ETag (in quotes). Sent back as `If-Match` when saving. */
  version: string;
}

export interface Saved {
  success: true;
  version: string;
}

/**
 * `WS …/files/watch`. Up: which directories are expanded (the whole set, each time it changes). Down: which of them changed, or that
 * a directory is gone; the page lists it again. One whose watch begins counts as changed. `lost` means events were dropped: list everything
 * again.
 */
export type WatchRequest = { type: "watch"; paths: string[] };
export type WatchEvent = { type: "changed"; path: string; names?: string[] } | { type: "gone"; path: string } | { type: "lost" };

/** Directories one page may watch at once. */
export const WATCH_LIMIT = 200;
