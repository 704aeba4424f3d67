import { attachment } from "../../agent/contract/attachment.ts";
import { Problem } from "../../agent/contract/errors.ts";
import { parseSeatName } from "../../agent/contract/seats.ts";
import { addressOf } from "../people/address.ts";
import type { Caller, PeopleService } from "../services.ts";

/** What a route needs of Elysia's context, and no more. */
export interface Context {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null; timeout(request: Request, seconds: number): void } | null;
}

/** Names, codes and choices. Anybody may send one, so nobody may fill the memory with it. */
const JSON_LIMIT = 16 * 1024;

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });

/** @returns the object that was sent. @param limit bytes @throws INVALID_INPUT, TOO_LARGE */
export async function readJson(request: Request, limit = JSON_LIMIT): Promise<Record<string, unknown>> {
  const text = (await readBody(request, limit, "body")).toString("utf8");
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem("INVALID_INPUT", 'The body is not JSON. Send an object like {"name": …} as application/json.');
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Problem("INVALID_INPUT", 'The body has to be a JSON object, like {"name": …}.');
}

/** Enough for the longest body at 5 kB/s; in all, so that a byte now and then holds nothing open. */
const BODY_MS = 30_000;

/**
 * A small body, whole.
 * @param withinMs from the first byte to the last
 * @throws TOO_LARGE, INVALID_INPUT when it breaks off or takes too long: that is the caller's doing, not a fault for the log
 */
export async function readBody(request: Request, limit: number, what: "body" | "form", withinMs = BODY_MS): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const reader = request.body?.getReader();
  let size = 0;
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    void reader?.cancel();
  }, withinMs);
  try {
    while (reader && size <= limit) {
      const { value } = await reader.read();
      if (!value) break;
      size += value.length;
      parts.push(value);
    }
  } catch (cause) {
    throw new Problem("INVALID_INPUT", `The ${what} did not arrive whole. Send it again.`, { cause });
  } finally {
    clearTimeout(deadline);
  }
  if (late) throw new Problem("INVALID_INPUT", `The ${what} did not arrive whole within ${withinMs / 1000} s. Send it again.`);
  if (size > limit) throw new Problem("TOO_LARGE", `The ${what} has more than ${limit} bytes. Send less.`);
  return Buffer.concat(parts);
}

/** A field that may be left out. @throws INVALID_INPUT for another type */
export function optionalField<T extends "string" | "boolean">(
  body: Record<string, unknown>,
  name: string,
  type: T,
): (T extends "string" ? string : boolean) | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === type) return value as T extends "string" ? string : boolean;
  throw new Problem("INVALID_INPUT", `“${name}” has to be a ${type}; it was sent as ${typeof value}.`);
}

/** A seat as it stands in an address: `4`, `04`. @throws NOT_FOUND */
export function seatOf(text = ""): number {
  const seat = parseSeatName(text.padStart(2, "0"));
  if (seat !== undefined) return seat;
  throw new Problem("NOT_FOUND", `There is no seat “${text.slice(0, 20)}”. Seats are numbered from 1.`);
}

/** An archive, to be saved as `name`. */
export const zip = (body: AsyncGenerator<Uint8Array> | Blob, name: string): Response =>
  new Response(body as BodyInit, {
    headers: {
      "content-type": "application/zip",
      "content-disposition": attachment(name),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });

export function callerOf({ request, server }: Context, people: PeopleService, behindFront: boolean): Caller {
  const browser = people.browserOf(request);
  return { address: addressOf(request, server, behindFront), ...(browser && { browser }) };
}

/** What was thrown, as the API's answer. */
export function problemAnswer(problem: Problem): Response {
  const retry: Record<string, string> = problem.retryAfterSeconds ? { "retry-after": String(problem.retryAfterSeconds) } : {};
  return json(problem.body, problem.status, retry);
}
