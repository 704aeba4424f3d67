import { isObject } from "./call.ts";

const STATES: Record<string, number> = { STATE_UNSPECIFIED: 0, ENABLED: 1, DISABLED: 2, DESTROYED: 3 };

/** Secret Manager's answers with their enums as numbers, which its own client asks for. */
export function asNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asNumbers);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === "state" ? (STATES[String(each)] ?? each) : asNumbers(each)]),
  );
}
