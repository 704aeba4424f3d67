import { BEAT_MS } from "./beat.ts";

/** A stream begins with its part as it is: who hasn't got it by then won't hear of changes either. */
export const FIRST_MS = 5000;
/** Two heartbeats, and what a slow line adds. */
export const SILENT_MS = 2 * BEAT_MS + 10_000;
/** What comes out of a proxy's full buffer comes all at once: heartbeats that aren't held are as far apart as they were sent. */
export const SLACK_MS = 5000;
/** Heartbeats in a row at their distance. */
const ENOUGH = 2;

/** Whether a stream brings its news, or somebody on the way holds them back. Pure; times in ms, of one clock. */
export interface Stream {
  /** It is: the page has to ask by itself. */
  readonly held: boolean;
  /** Something has to come before. */
  readonly due: number;
  readonly beatAt: number;
  /** Heartbeats so far that came at their distance. */
  readonly inTime: number;
}

export const begin = (now: number): Stream => ({ held: false, due: now + FIRST_MS, beatAt: Number.NEGATIVE_INFINITY, inTime: 0 });

/** The server answered, or the page is looked at again. */
export const connected = (stream: Stream, now: number): Stream => ({ ...stream, due: now + FIRST_MS });

export const look = (stream: Stream, now: number): Stream => (now < stream.due ? stream : { ...stream, held: true });

/** One that is held is believed again by its heartbeats alone: a part may have come because others pushed it out of a buffer. */
export function heard(stream: Stream, now: number, isBeat: boolean): Stream {
  if (!stream.held) return { ...stream, due: now + SILENT_MS };
  if (!isBeat) return stream;
  const inTime = Math.abs(now - stream.beatAt - BEAT_MS) <= SLACK_MS ? stream.inTime + 1 : 0;
  return inTime < ENOUGH ? { ...stream, beatAt: now, inTime } : { ...begin(now), due: now + SILENT_MS };
}
