import { type Static, Type } from "@sinclair/typebox";
import { ChangeSchema, TaskSchema } from "./change-schema.ts";
import { CHANGE_ID } from "./changes.ts";
import { oneOf, seat, text, time, word } from "./schema-words.ts";
import { SEATS_PER_MACHINE } from "./seats.ts";
import { TERMINAL_SIZE } from "./terminal.ts";

/**
 * What `/v1` takes and answers, on the machine plane for the gateway and on the machine's own socket for its command line. Schemas are
 * what the agent checks by, what its clients have their types from, and what `GET /v1/openapi.json` shows.
 */

/** In the machine's directory; whoever may open the file may call. */
export const AGENT_SOCKET = "agent.socket";

/** Seconds that one call waits for a change; whoever wants to wait longer asks again. Below the time after which a quiet connection is cut. */
export const WAIT_LIMIT_SECONDS = 60;

const optional = Type.Optional;
const seats = Type.Array(seat, { minItems: 1, maxItems: SEATS_PER_MACHINE, uniqueItems: true });
const change = Type.String({ pattern: CHANGE_ID.source });
/** `sdk:plug`, and `:plug` of the system's. */
export const END = /^[a-z0-9-]{0,60}:[a-z0-9-]{1,60}$/;
const end = Type.String({ pattern: END.source });
const pair = Type.Object({ plug: end, slot: end });
/** Of an asked one: `:mount` is the system's, which answers call `system:mount`. */
export const wholeEnd = (name: string): string => (name.startsWith(":") ? `system${name}` : name);
const strict = { additionalProperties: false } as const;

export const Mode = oneOf("transactional", "wait-on-error");
export type Mode = Static<typeof Mode>;

const SEAT_ACTIONS = ["launch", "refresh", "restore", "start", "stop", "remove"] as const;

/** `POST /v1/workshops`: of these seats, or of all of the machine. */
export const SeatsRequest = Type.Object(
  {
    action: oneOf(...SEAT_ACTIONS),
    seats: optional(seats),
    /** Only `launch`, `refresh` and `restore`. */
    mode: optional(Mode),
    /** Only `launch`: false leaves the seat stopped. */
    start: optional(Type.Boolean()),
  },
  strict,
);
export type SeatsRequest = Static<typeof SeatsRequest>;

/** 202 when there are any: ask for each. 200 and a message when nothing differs. */
export const ChangesMade = Type.Object({ changes: Type.Array(change), message: optional(text) });
export type ChangesMade = Static<typeof ChangesMade>;

/** `POST /v1/changes/:change`: continue runs again what waits, abort gives the change up. */
export const ChangeRequest = Type.Object({ action: oneOf("continue", "abort") }, strict);
export type ChangeRequest = Static<typeof ChangeRequest>;

/** A workshop of the API is a seat. */
export const Workshop = Type.Object({
  project: word,
  seat,
  /** Of a project's: what its workshop.yaml calls it. */
  name: optional(word),
  status: oneOf("off", "pending", "waiting", "stopped", "ready", "error"),
  /** Of the tasks that work on it, 0 to 1. */
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  notes: Type.Array(text),
  /** What may be asked of it now. */
  operations: Type.Array(word),
  /** The unfinished change that works on it. */
  change: optional(change),
  /** Open terminals. */
  viewers: Type.Integer({ minimum: 0 }),
  /** The workshop.yaml that it was made from, normalized. */
  definition: optional(text),
});
export type Workshop = Static<typeof Workshop>;
export const Workshops = Type.Object({ workshops: Type.Array(Workshop) });
export type Workshops = Static<typeof Workshops>;

/** A project of the API is the workshop (class) that the machine serves. */
export const Project = Type.Object({
  id: word,
  name: text,
  machine: word,
  phase: oneOf("running", "ending"),
  seats: Type.Array(seat),
  /** Whose workshops they are, where no gateway asks for them. */
  directory: optional(Type.String({ maxLength: 4096 })),
  /** It belongs to root, as whom none of their programs runs. */
  rootsOwn: optional(Type.Literal(true)),
});
export const Projects = Type.Object({ projects: Type.Array(Project) });
export type Projects = Static<typeof Projects>;

/** `POST /v1/projects`: its workshops as their files are now, all or those named. They are launched or refreshed then. */
export const ProjectRequest = Type.Object(
  { action: Type.Literal("read"), names: optional(Type.Array(word, { minItems: 1, maxItems: SEATS_PER_MACHINE })) },
  strict,
);
export type ProjectRequest = Static<typeof ProjectRequest>;
export const ProjectRead = Type.Object({ workshops: Type.Array(Type.Object({ name: word, seat })) });
export type ProjectRead = Static<typeof ProjectRead>;

export const Changes = Type.Object({ changes: Type.Array(ChangeSchema) });
export type Changes = Static<typeof Changes>;

/**
 * `WS /v1/changes/events`: first every unfinished change as it is, then each step of each task in order. A change comes whole when it
 * begins, when its own status becomes another one, and when it ends.
 */
export const ChangeEvent = Type.Union([
  Type.Object({ type: Type.Literal("change"), change: ChangeSchema }),
  Type.Object({ type: Type.Literal("task"), change, task: TaskSchema }),
]);
export type ChangeEvent = Static<typeof ChangeEvent>;

/** `POST /v1/connections?seat=` */
export const ConnectionRequest = Type.Union([
  Type.Object({ action: oneOf("connect", "disconnect"), plug: end, slot: end, forget: optional(Type.Boolean()) }, strict),
  /** Without a source: its own place again. */
  Type.Object({ action: Type.Literal("remount"), plug: end, source: optional(Type.String({ maxLength: 4096 })) }, strict),
]);
export type ConnectionRequest = Static<typeof ConnectionRequest>;

export const SeatConnections = Type.Object({
  established: Type.Array(Type.Composite([pair, Type.Object({ interface: word, auto: Type.Boolean() })])),
  undesired: Type.Array(pair),
  plugs: Type.Array(Type.Object({ name: end, interface: word })),
  slots: Type.Array(Type.Object({ name: end, interface: word })),
  warnings: Type.Array(text),
});
export type SeatConnections = Static<typeof SeatConnections>;

/** What a refresh of these seats would do. */
export const RefreshPlan = Type.Object({
  /** In the definition's order. */
  sdks: Type.Array(Type.Object({ name: word, layer: oneOf("built", "reused") })),
  seats: Type.Array(Type.Object({ seat, does: oneOf("restarts", "live", "same") })),
});
export type RefreshPlan = Static<typeof RefreshPlan>;

export const Sdks = Type.Object({
  sdks: Type.Array(Type.Object({ name: word, source: word, base: optional(word), summary: text, channels: Type.Array(word) })),
});
export type Sdks = Static<typeof Sdks>;

export const Warning = Type.Object({ message: text, seat: optional(seat), firstAt: time, lastAt: time });
export type Warning = Static<typeof Warning>;
export const Warnings = Type.Object({ warnings: Type.Array(Warning) });
export type Warnings = Static<typeof Warnings>;
/** `POST /v1/warnings`: all that were there until then are read. */
export const WarningsRequest = Type.Object({ action: Type.Literal("okay"), until: time }, strict);

export const SystemInfo = Type.Object({
  version: word,
  project: word,
  runtime: oneOf("process", "docker"),
  startedAt: time,
  seats: Type.Integer(),
  /** Of each disk that seats need: bytes, and how full it is as `df` counts. */
  disks: Type.Array(
    Type.Object({ path: Type.String(), total: Type.Integer(), free: Type.Integer(), usedPercent: Type.Integer() }),
  ),
  /** Why nothing new is begun now. Missing: all is well. */
  degraded: optional(text),
  warnings: Type.Integer(),
});
export type SystemInfo = Static<typeof SystemInfo>;

/**
 * `WS /v1/exec?seat=04&arg=ls&arg=-l&cols=80&rows=24`: a program on a terminal of its own in a seat, as its learner, in `/workspace`;
 * without `arg` a login shell. It is hung up when the socket closes. Binary frames are what it prints and what is typed. A text frame up is
 * an `ExecResize`; one down is the last: how it ended, or why it couldn't begin.
 *
 * With `pipes=yes` it has pipes instead, through which bytes pass as they are: the first byte of each frame down says of which output the
 * rest is, 1 or 2, and the text frame `ExecInputEnd` up ends its input.
 */
export const ExecEnd = Type.Union([
  Type.Object({ type: Type.Literal("exit"), code: Type.Integer() }),
  Type.Object({ type: Type.Literal("error"), error: Type.Object({ code: word, message: text }) }),
]);
export type ExecEnd = Static<typeof ExecEnd>;

const { minCols, maxCols, minRows, maxRows } = TERMINAL_SIZE;
export const ExecResize = Type.Object({
  type: Type.Literal("resize"),
  cols: Type.Integer({ minimum: minCols, maximum: maxCols }),
  rows: Type.Integer({ minimum: minRows, maximum: maxRows }),
});
export type ExecResize = Static<typeof ExecResize>;

export const ExecInputEnd = Type.Object({ type: Type.Literal("end") });
export type ExecInputEnd = Static<typeof ExecInputEnd>;

/** Bytes of one frame up: a pasted page comes as a few of them. */
export const EXEC_FRAME_LIMIT = 64 * 1024;

export const Refusal = Type.Object({
  error: Type.Object({
    code: word,
    message: text,
    details: optional(Type.Object({ change, kind: word, seat })),
  }),
});
