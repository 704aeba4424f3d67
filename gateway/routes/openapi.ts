import type { TSchema } from "@sinclair/typebox";
import { RENEWAL_ACTIONS } from "../services.ts";
import * as schemas from "./schemas.ts";

/** One call of the API. A word instead of a schema is a media type, or that nothing is sent. */
interface Call {
  /** Anyone may call it; all others need an instructor's token. */
  open?: true;
  body?: TSchema | "application/octet-stream";
  /** The same fields may come as `multipart/form-data`. */
  form?: true;
  query?: string;
  answers: Record<number, [what: string, body: TSchema | "application/zip" | "nothing"]>;
}

/** Every call, by method and path. */
export const CALLS: Record<string, Call> = {
  "POST /api/workshops": {
    body: schemas.WishBody,
    form: true,
    answers: { 201: ["Made; nothing runs yet", schemas.CreatedAnswer] },
  },
  "GET /api/workshops": { answers: { 200: ["All of yours", schemas.WorkshopsAnswer] } },
  "GET /api/workshops/{id}": { answers: { 200: ["One workshop", schemas.WorkshopAnswer] } },
  "PATCH /api/workshops/{id}": {
    body: schemas.TimesBody,
    answers: { 200: ["Begins and ends so; only before its start", schemas.WorkshopAnswer] },
  },
  "POST /api/workshops/{id}/extend": {
    body: schemas.ExtendBody,
    answers: { 200: ["Ends then, for learners too", schemas.WorkshopAnswer] },
  },
  "POST /api/workshops/{id}/start": { answers: { 202: ["Under way", schemas.StatusAnswer] } },
  "POST /api/workshops/{id}/stop": {
    body: schemas.StopBody,
    answers: { 200: ["All gone", schemas.StatusAnswer], 202: ["Under way; ask again", schemas.StatusAnswer] },
  },
  "GET /api/workshops/{id}/learners": { answers: { 200: ["The roster", schemas.LearnersAnswer] } },
  "GET /api/workshops/{id}/definition": { answers: { 200: ["What its seats are made from", schemas.DefinitionAnswer] } },
  "PUT /api/workshops/{id}/definition": {
    body: schemas.DefinitionBody,
    form: true,
    answers: { 200: ["Kept, and machines are told; seats change by a refresh only", schemas.DefinitionAnswer] },
  },
  "GET /api/workshops/{id}/plan": { answers: { 200: ["What a refresh of its seats would do now", schemas.PlanAnswer] } },
  "GET /api/workshops/{id}/llm": { answers: { 200: ["What may be used of Claude, and what was", schemas.LlmAnswer] } },
  "PATCH /api/workshops/{id}/llm": {
    body: schemas.LlmBody,
    answers: { 200: ["In force; what is left out of the body stays", schemas.LlmAnswer] },
  },
  "PUT /api/workshops/{id}/key": {
    body: schemas.KeyBody,
    answers: { 204: ["Sealed in place of the one before, handed to every machine", "nothing"] },
  },
  "POST /api/workshops/{id}/seats/{seat}/free": {
    answers: { 204: ["Its learner is out; the seat is wiped, then free", "nothing"] },
  },
  "GET /api/workshops/{id}/seats/{seat}/connections": {
    answers: { 200: ["What a seat is connected with, and could be", schemas.ConnectionsAnswer] },
  },
  "POST /api/workshops/{id}/seats/{seat}/connections": {
    body: schemas.ConnectionBody,
    answers: { 202: ["These changes do it", schemas.AskedAnswer], 200: ["Nothing differs", schemas.AskedAnswer] },
  },
  "POST /api/workshops/{id}/seats/{seat}/{action}": {
    body: schemas.RenewalBody,
    answers: { 202: ["These changes do it", schemas.AskedAnswer], 200: ["Nothing differs", schemas.AskedAnswer] },
  },
  "GET /api/workshops/{id}/changes": {
    answers: { 200: ["What is done with seats, and the last of what was", schemas.SeatChangesAnswer] },
  },
  "POST /api/workshops/{id}/changes/{change}": {
    body: schemas.ChangeBody,
    answers: { 200: ["What waits runs again, or the change goes back", schemas.SeatChangeAnswer] },
  },
  "PUT /api/workshops/{id}/starter": {
    query: "name",
    body: "application/octet-stream",
    answers: { 200: ["Kept", schemas.StarterAnswer] },
  },
  "GET /api/workshops/{id}/archive": { answers: { 200: ["Everyone's work", "application/zip"] } },
  "DELETE /api/workshops/{id}/archive": { answers: { 204: ["Deleted", "nothing"] } },
  "POST /api/join": { open: true, body: schemas.JoinBody, answers: { 200: ["A seat", schemas.JoinedAnswer] } },
};

const PARAMETERS: Record<string, object> = {
  id: { type: "string", pattern: "^ws-[a-z0-9]{6}$" },
  seat: { type: "string", pattern: "^([0-9]{1,2}|all)$" },
  action: { type: "string", enum: RENEWAL_ACTIONS },
  change: { type: "string", pattern: "^[1-9][0-9]*-[1-9][0-9]*$" },
};

/** The API in OpenAPI 3.1, as `GET /api/openapi` answers it. */
export const OPENAPI = {
  openapi: "3.1.0",
  info: { title: "ClaraTeach", version: "1", description: "Workshops for instructors' scripts; one call for learners." },
  paths: pathsOf(CALLS),
  components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
};

function pathsOf(calls: Record<string, Call>): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const [line, call] of Object.entries(calls)) {
    const [method = "", path = ""] = line.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(path, call) };
  }
  return paths;
}

function operation(path: string, { open, body, form, query, answers }: Call): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    ...{ name, in: "path", required: true, schema: PARAMETERS[name] },
  }));
  const inQuery = query ? [{ name: query, in: "query", schema: { type: "string" } }] : [];
  const made = Object.entries(answers).map(([status, [description, shape]]) => [status, { description, ...content(shape) }]);
  return {
    ...(open ? {} : { security: [{ token: [] }] }),
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { required: body !== schemas.StopBody && body !== schemas.RenewalBody, ...content(body, form) } }),
    responses: { ...Object.fromEntries(made), default: { description: "What was wrong", ...content(schemas.ErrorAnswer) } },
  };
}

function content(shape: TSchema | string, form = false): object {
  if (shape === "nothing") return {};
  if (typeof shape === "string") return { content: { [shape]: {} } };
  return { content: { "application/json": { schema: shape }, ...(form && { "multipart/form-data": { schema: shape } }) } };
}
