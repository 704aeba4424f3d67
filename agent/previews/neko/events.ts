import { FewWords } from "../../contract/few-words.ts";
import type { IceServer } from "../../contract/ice.ts";
import { FROM_NEKO, type FromNeko, TO_NEKO, type ToNeko } from "../../contract/neko-events.ts";
import type { NekoSecrets } from "./config.ts";
import { isShallow } from "./shallow.ts";

/** neko's greeting names every viewer, signalling has a few KB; what is longer may only be a few strings (a description, a clipboard). */
const PLAIN_LIMIT = 64 * 1024;

const UP: ReadonlySet<string> = new Set<ToNeko>(TO_NEKO);
const DOWN: ReadonlySet<string> = new Set<FromNeko>(FROM_NEKO);

export const REQUEST: ToNeko = "signal/request";
export const PROVIDE: FromNeko = "signal/provide";

/** One frame, read and written anew: nothing of it is passed that wasn't looked at. */
export interface Frame {
  event: string;
  text: string;
}

/** What goes on to neko of a page's frame; undefined: nothing. */
export function upward(text: string): Frame | undefined {
  const found = read(text);
  if (!found || !UP.has(found.event)) return undefined;
  return written(found.event, found.event === REQUEST ? requestOf(found.payload) : found.payload);
}

/**
 * What goes on to a page of neko's frame, or of who stands in its place; undefined: nothing.
 * @param iceServers instead of those that neko names: without any it would send pages to a stranger's  @param secrets that none may tell
 */
export function downward(text: string, iceServers: readonly IceServer[], secrets: NekoSecrets): Frame | undefined {
  const found = read(text);
  if (!found || !DOWN.has(found.event)) return undefined;
  const { event, payload } = found;
  const frame = written(event, event === PROVIDE ? { ...asObject(payload), iceservers: iceServers } : payload);
  return Object.values(secrets).some((secret) => frame.text.includes(secret)) ? undefined : frame;
}

function read(text: string): { event: string; payload: unknown } | undefined {
  if (!(text.length > PLAIN_LIMIT ? new FewWords().take(Buffer.from(text)) : isShallow(text))) return undefined;
  try {
    const { event, payload } = asObject(JSON.parse(text));
    return typeof event === "string" ? { event, payload } : undefined;
  } catch {
    return undefined;
  }
}

const written = (event: string, payload: unknown): Frame => ({ event, text: JSON.stringify({ event, payload }) });

/** A wish that neko can't read gets no answer, and would look as if neko hung. */
function requestOf(payload: unknown): object {
  const { video, audio } = asObject(payload);
  return { video: switchIn(video), audio: switchIn(audio) };
}

function switchIn(value: unknown): { disabled?: boolean } {
  const { disabled } = asObject(value);
  return typeof disabled === "boolean" ? { disabled } : {};
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
