import { posix } from "node:path";
import { CLOSE } from "../contract/close.ts";
import { WATCH_LIMIT, type WatchEvent } from "../contract/files.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { FolderWatch } from "./folder-watch.ts";
import { parsePath, type WorkspacePath } from "./paths.ts";

/** `WATCH_LIMIT` paths of ordinary length; longer ones fit in smaller numbers. */
const FRAME_LIMIT = 256 * 1024;

/** A page expands a folder at a click; a program that sends sets without end is slowed to this, */
const SETS_PER_SECOND = 20;
/** and of what came in one read with them these count, and the last. */
const SETS_AT_ONCE = 4;

/**
 * `WS …/files/watch`: tells a page which of the folders it shows have changed. A reader that is behind is told `lost` when it has caught
 * up, instead of everything it missed.
 */
export function watchFiles(seat: SeatHandle, peer: Peer): PeerHandler {
  const watches = new Map<string, FolderWatch>();
  let behind = false;
  let lost = false;
  let resume: ReturnType<typeof setTimeout> | undefined;
  let taken = 0;
  /** Each set replaces the one before: nothing is lost with those in between. */
  let next: string | Uint8Array | undefined;

  function tell(event: WatchEvent): void {
    if (behind) lost = true;
    else behind = peer.send(JSON.stringify(event)) === -1;
  }

  function watchOnly(paths: readonly WorkspacePath[]): void {
    const wanted = new Map(paths.map((path) => [path.text, path]));
    for (const [text, watch] of watches) if (!wanted.has(text)) drop(text, watch);
    for (const [text, path] of wanted) if (!watches.has(text)) add(text, path);
  }

  function add(text: string, path: WorkspacePath): void {
    const changed = (names?: string[]) => {
      for (const [below, watch] of watches) if (posix.dirname(below) === text) watch.check();
      tell(names ? { type: "changed", path: text, names } : { type: "changed", path: text });
    };
    const gone = () => {
      watches.delete(text);
      tell({ type: "gone", path: text });
    };
    const watch = FolderWatch.open(seat, path, { changed, gone });
    if (watch) watches.set(text, watch);
    else tell({ type: "gone", path: text });
  }

  function drop(text: string, watch: FolderWatch): void {
    watches.delete(text);
    watch.close();
  }

  function pause(): void {
    if (resume) return;
    peer.pause();
    resume = setTimeout(() => {
      resume = undefined;
      taken = 0;
      peer.resume();
      if (next !== undefined) take(next);
    }, 1000 / SETS_PER_SECOND);
  }

  function take(data: string | Uint8Array) {
    next = undefined;
    taken++;
    const paths = parseRequest(data);
    if (!paths)
      return peer.close(CLOSE.BAD_FRAME, `send {"type":"watch","paths":[…]} with at most ${WATCH_LIMIT} paths in the workspace`);
    watchOnly(paths);
    pause();
  }

  return {
    message(data) {
      if (taken < SETS_AT_ONCE) take(data);
      else next = data;
    },
    drain() {
      behind = false;
      if (!lost) return;
      lost = false;
      tell({ type: "lost" });
    },
    close() {
      clearTimeout(resume);
      for (const [text, watch] of watches) drop(text, watch);
    },
  };
}

/** Exported for its property tests. Undefined for anything a page of ours doesn't send. */
export function parseRequest(data: string | Uint8Array): WorkspacePath[] | undefined {
  if (typeof data !== "string" || data.length > FRAME_LIMIT) return undefined;
  try {
    const frame = JSON.parse(data) as { type?: unknown; paths?: unknown } | null;
    if (frame?.type !== "watch" || !Array.isArray(frame.paths) || frame.paths.length > WATCH_LIMIT) return undefined;
    return frame.paths.map((path) => parsePath(String(path)));
  } catch {
    return undefined;
  }
}
