import { type TSchema, Type } from "@sinclair/typebox";
import * as api from "../contract/api.ts";
import { ChangeSchema } from "../contract/change-schema.ts";
import { CHANGE_SELECTIONS } from "../contract/changes.ts";
import { oneOf } from "../contract/schema-words.ts";

/** One call of the API as `GET /v1/openapi.json` describes it; rows are made from it, so that none is served undescribed. */
export interface ApiCall {
  method: "GET" | "POST";
  path: string;
  about: string;
  query?: Readonly<Record<string, TSchema>>;
  body?: TSchema;
  /** By status: what it is, and its shape where it has one. */
  answers: Readonly<Record<number, { about: string; schema?: TSchema }>>;
}

const ok = (schema: TSchema, about = "As it is now."): ApiCall["answers"] => ({ 200: { about, schema } });

const seat = Type.String({ pattern: "^\\d\\d$", description: "Its two digits." });
const made: ApiCall["answers"] = {
  202: { about: "These changes do it.", schema: api.ChangesMade },
  200: { about: "Nothing differs.", schema: api.ChangesMade },
};

/** What can be mended while a change waits. */
const ACT =
  "Continues or gives up a change. Continuing runs again what waits: in a seat as it was left, setup-base in a fresh builder. What a hook reaches can be mended meanwhile (a mirror, the disk, a file of the seat), hooks and definition can't: give the change up, and ask again.";

export const API_CALLS = {
  openapi: { method: "GET", path: "/v1/openapi.json", about: "This description.", answers: ok(Type.Object({})) },
  projects: { method: "GET", path: "/v1/projects", about: "The workshop that this machine serves.", answers: ok(api.Projects) },
  read: {
    ...{ method: "POST", path: "/v1/projects", body: api.ProjectRequest },
    about: "Workshops of a project are taken as its files are now; 400 names all that is wrong with them.",
    answers: ok(api.ProjectRead),
  },
  workshops: { method: "GET", path: "/v1/workshops", about: "All its seats.", answers: ok(api.Workshops) },
  workshop: { method: "GET", path: "/v1/workshops/:seat", about: "One seat.", answers: ok(api.Workshop) },
  ask: {
    ...{
      method: "POST",
      path: "/v1/workshops",
      about: "Something is done with seats: all, or those named.",
      body: api.SeatsRequest,
    },
    answers: made,
  },
  changes: {
    ...{ method: "GET", path: "/v1/changes", about: "What is and was done, oldest first." },
    query: { select: oneOf(...CHANGE_SELECTIONS) },
    answers: ok(api.Changes),
  },
  change: { method: "GET", path: "/v1/changes/:change", about: "One change with its tasks.", answers: ok(ChangeSchema) },
  wait: {
    ...{ method: "GET", path: "/v1/changes/:change/wait", about: "Waits until a change has ended." },
    query: { timeout: Type.Integer({ minimum: 0, maximum: api.WAIT_LIMIT_SECONDS, description: "Seconds." }) },
    answers: ok(ChangeSchema, "It has ended."),
  },
  act: {
    ...{ method: "POST", path: "/v1/changes/:change", about: ACT, body: api.ChangeRequest },
    answers: ok(ChangeSchema),
  },
  log: {
    ...{ method: "GET", path: "/v1/changes/:change/tasks/:task/log", about: "All that a task's program said, its last 10 MiB." },
    answers: { 200: { about: "Text." } },
  },
  plan: {
    ...{ method: "GET", path: "/v1/plan", about: "What a refresh would do." },
    query: { seats: Type.String({ description: "Two digits each, with commas between them; all without." }) },
    answers: ok(api.RefreshPlan),
  },
  connections: {
    ...{ method: "GET", path: "/v1/connections", about: "What a seat is connected with, and could be.", query: { seat } },
    answers: ok(api.SeatConnections),
  },
  connect: {
    ...{ method: "POST", path: "/v1/connections", about: "A connection of a seat is made, ended or led elsewhere." },
    ...{ query: { seat }, body: api.ConnectionRequest, answers: made },
  },
  sdks: { method: "GET", path: "/v1/sdks", about: "What every definition may name.", answers: ok(api.Sdks) },
  warnings: { method: "GET", path: "/v1/warnings", about: "What nobody has read yet.", answers: ok(api.Warnings) },
  acknowledge: {
    ...{ method: "POST", path: "/v1/warnings", about: "All until then are read.", body: api.WarningsRequest },
    answers: ok(api.Warnings, "Those that are left."),
  },
  systemInfo: { method: "GET", path: "/v1/system-info", about: "The machine and how it is.", answers: ok(api.SystemInfo) },
} as const satisfies Record<string, ApiCall>;

/** Sockets of the API. OpenAPI knows none: each is described as the GET that asks for one. */
export interface ApiSocket {
  path: string;
  about: string;
  query?: Readonly<Record<string, TSchema>>;
  /** Of each text frame down. */
  frames: TSchema;
}

export const API_SOCKETS = {
  exec: {
    ...{ path: "/v1/exec", about: "A program in a seat, on a terminal or on pipes.", frames: api.ExecEnd },
    query: {
      seat,
      arg: Type.Array(Type.String(), { description: "The program and what it is given; a login shell without." }),
      cols: Type.Integer(),
      rows: Type.Integer(),
      pipes: Type.Literal("yes", { description: "No terminal: bytes pass as they are." }),
    },
  },
  events: {
    ...{ path: "/v1/changes/events", about: "Each step of each task, in order.", frames: api.ChangeEvent },
    query: { change: Type.String({ description: "That one alone." }) },
  },
} as const satisfies Record<string, ApiSocket>;
