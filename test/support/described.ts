import { expect } from "bun:test";
import { FormatRegistry, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { CALLS } from "../../gateway/routes/openapi.ts";
import { ErrorAnswer } from "../../gateway/routes/schemas.ts";

FormatRegistry.Set("date-time", (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text));
FormatRegistry.Set("date", (text) => /^\d{4}-\d\d-\d\d$/.test(text));

/** Answers that were seen, as `POST /api/workshops 201`. */
export const seen = new Set<string>();

/** Holds an answer of the API against the document: a status, a field or a type that isn't described is a failure. */
export function expectDescribed(method: string, path: string, { status, headers, body }: Seen): void {
  const line = `${method} ${path.split("?")[0]}`;
  const call = Object.keys(CALLS).find((each) => new RegExp(`^${each.replace(/\{\w+\}/g, "[^/]+")}$`).test(line));
  if (status >= 400 && path.startsWith("/api")) expectShape(line, ErrorAnswer, body);
  if (status >= 400 || !call) return;
  const [, shape] = CALLS[call]?.answers[status] ?? [];
  expect(shape, `${line} answers ${status}, which isn't described`).toBeDefined();
  seen.add(`${call} ${status}`);
  if (shape === "nothing") expect(body, line).toBe("");
  else if (typeof shape === "string") expect(headers.get("content-type"), line).toBe(shape);
  else if (shape) expectShape(line, shape, body);
}

interface Seen {
  status: number;
  headers: Headers;
  body: unknown;
}

function expectShape(line: string, schema: TSchema, body: unknown): void {
  const problems = [...Value.Errors(schema, body)].map(({ path, message }) => `${path}: ${message}`);
  expect(problems, `${line} answered ${JSON.stringify(body)}`).toEqual([]);
  expect(Value.Clean(schema, structuredClone(body)), `${line} answered what isn't described`).toEqual(body);
}
