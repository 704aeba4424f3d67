import type { TSchema } from "@sinclair/typebox";
import { VERSION } from "../config.ts";
import { Refusal } from "../contract/api.ts";
import { API_CALLS, API_SOCKETS, type ApiCall, type ApiSocket } from "./calls.ts";

/** What this API is, for programs: OpenAPI 3.1, whose schemas are JSON Schema, as TypeBox's are. */
export function openapi(): object {
  const paths: Record<string, Record<string, object>> = {};
  const put = (path: string, method: string, operation: object) => {
    const name = path.replace(/:(\w+)/g, "{$1}");
    paths[name] = { ...paths[name], [method]: operation };
  };
  for (const [id, call] of Object.entries(API_CALLS)) put(call.path, call.method.toLowerCase(), operationOf(id, call));
  for (const [id, socket] of Object.entries(API_SOCKETS)) put(socket.path, "get", socketOf(id, socket));
  const info = { title: "ClaraTeach agent", version: VERSION, description: ABOUT, license: { name: "MIT", identifier: "MIT" } };
  return {
    ...{ openapi: "3.1.0", info, servers: [{ url: "/" }], paths },
    components: { securitySchemes: { gateway: { type: "http", scheme: "bearer" } } },
    // On the machine's own socket none is asked for.
    security: [{ gateway: [] }, {}],
  };
}

const ABOUT =
  "The seats of one machine. On the machine's own socket whoever may open its file may call, without a token; on its port calls have the gateway's.";

const json = (schema: TSchema) => ({ "application/json": { schema } });
const REFUSED = { description: "It is refused; the message says why and what to do next.", content: json(Refusal) };

function operationOf(operationId: string, { path, about, query, body, answers }: ApiCall): object {
  const responses = Object.entries(answers).map(([status, { about, schema }]) => {
    return [status, { description: about, content: schema ? json(schema) : { "text/plain": {} } }] as const;
  });
  return {
    ...{ operationId, summary: about, parameters: parametersOf(path, query) },
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: { ...Object.fromEntries(responses), default: REFUSED },
  };
}

function socketOf(operationId: string, { path, about, query, frames }: ApiSocket): object {
  const description = "The socket is open (RFC 6455); each text frame is of this shape.";
  const responses = { 101: { description, content: json(frames) }, default: REFUSED };
  return { operationId, summary: `WebSocket. ${about}`, parameters: parametersOf(path, query), responses };
}

function parametersOf(path: string, query: Readonly<Record<string, TSchema>> = {}): object[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    return { name, in: "path", required: true, schema: { type: "string" } };
  });
  return [...inPath, ...Object.entries(query).map(([name, schema]) => ({ name, in: "query", schema }))];
}
