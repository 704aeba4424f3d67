import type { Fault } from "./faults.ts";
import type { World } from "./world.ts";

/** One call, as its handler gets it. */
export interface Call {
  world: World;
  /** Parts of the path, by the names of the route's pattern. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
  /** What a test scripted for this call and the handler itself has to do: `operation`, `stale`. */
  fault?: Fault;
  /** Ends when the client leaves. */
  signal: AbortSignal;
}

/** @returns the JSON of a 200 */
export type Handler = (call: Call) => unknown;
/** Method, pattern with `{names}`, handler. */
export type Route = readonly [method: string, pattern: string, handler: Handler];

export const param = ({ params }: Call, name: string): string => params[name] ?? "";

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
