import { HOURS, KEY_LEAST, KEY_MOST, LEARNER_NAME_LIMIT, NAME_LIMIT, SEATS_LIMIT } from "../workshops/workshop.ts";

const id = { name: "id", in: "path", required: true, schema: { type: "string", pattern: "^ws-[a-z0-9]{6}$" } };
const body = (schema: object) => ({ requestBody: { required: true, content: { "application/json": { schema } } } });
const answer = (description: string, properties: object = {}) => ({
  description,
  content: { "application/json": { schema: { type: "object", properties } } },
});
const text = { type: "string" };
const status = { type: "string", enum: ["created", "provisioning", "running", "stopping", "stopped", "failed"] };
const error = {
  description: "{error: {code, message}}",
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
};
const instructor = { security: [{ token: [] }] };
const workshop = {
  workshopId: text,
  code: text,
  name: text,
  seats: { type: "integer" },
  status,
  endpoint: { type: ["string", "null"] },
  url: { type: ["string", "null"] },
  machines: {
    type: "array",
    items: { type: "object", properties: { name: text, endpoint: { type: ["string", "null"] }, status: text } },
  },
};
const wish = {
  type: "object",
  required: ["name", "seats", "apiKey"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: NAME_LIMIT },
    seats: { type: "integer", minimum: 1, maximum: SEATS_LIMIT },
    apiKey: { type: "string", minLength: KEY_LEAST, maxLength: KEY_MOST },
    definition: text,
    hours: { type: "integer", minimum: HOURS.least, maximum: HOURS.most, default: HOURS.default },
  },
};
const joinWish = {
  type: "object",
  required: ["code"],
  properties: {
    code: text,
    odehash: { type: "string", pattern: "^[a-z0-9]{5}$" },
    name: { type: "string", maxLength: LEARNER_NAME_LIMIT },
  },
};
const joined = { token: text, endpoint: text, url: text, odehash: text, seat: { type: "integer" } };
const learner = {
  seat: { type: "integer" },
  name: text,
  state: { enum: ["assigned", "connected", "disconnected", "expired"] },
  since: text,
};

/** The API in OpenAPI 3.1, as `GET /api/openapi` answers it. */
export const OPENAPI = {
  openapi: "3.1.0",
  info: { title: "ClaraTeach", version: "1", description: "Workshops for instructors' scripts; one call for learners." },
  paths: {
    "/api/workshops": {
      post: {
        ...instructor,
        ...body(wish),
        responses: { 201: answer("Made; nothing runs yet", { workshopId: text, code: text, status }), default: error },
      },
      get: {
        ...instructor,
        responses: {
          200: answer("All of yours", { workshops: { type: "array", items: { type: "object", properties: workshop } } }),
          default: error,
        },
      },
    },
    "/api/workshops/{id}": {
      parameters: [id],
      get: { ...instructor, responses: { 200: answer("One workshop", workshop), default: error } },
    },
    "/api/workshops/{id}/start": {
      parameters: [id],
      post: { ...instructor, responses: { 202: answer("Under way", { status }), default: error } },
    },
    "/api/workshops/{id}/stop": {
      parameters: [id],
      post: {
        ...instructor,
        requestBody: {
          content: { "application/json": { schema: { type: "object", properties: { keepWork: { type: "boolean" } } } } },
        },
        responses: { 200: answer("All gone", { status }), 202: answer("Under way; ask again", { status }), default: error },
      },
    },
    "/api/workshops/{id}/learners": {
      parameters: [id],
      get: {
        ...instructor,
        responses: {
          200: answer("The roster", { learners: { type: "array", items: { type: "object", properties: learner } } }),
          default: error,
        },
      },
    },
    "/api/workshops/{id}/seats/{seat}/free": {
      parameters: [id, { name: "seat", in: "path", required: true, schema: { type: "integer" } }],
      post: {
        ...instructor,
        responses: { 204: { description: "Its learner is out; the seat is wiped, then free" }, default: error },
      },
    },
    "/api/workshops/{id}/starter": {
      parameters: [id, { name: "name", in: "query", schema: text }],
      put: {
        ...instructor,
        requestBody: { required: true, content: { "application/octet-stream": {} } },
        responses: { 200: answer("Kept", { name: text, bytes: { type: "integer" }, digest: text }), default: error },
      },
    },
    "/api/workshops/{id}/archive": {
      parameters: [id],
      get: {
        ...instructor,
        responses: { 200: { description: "Everyone's work", content: { "application/zip": {} } }, default: error },
      },
      delete: { ...instructor, responses: { 204: { description: "Deleted" }, default: error } },
    },
    "/api/join": { post: { ...body(joinWish), responses: { 200: answer("A seat", joined), default: error } } },
  },
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
    schemas: { Error: { type: "object", properties: { error: { type: "object", properties: { code: text, message: text } } } } },
  },
};
