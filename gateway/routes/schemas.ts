import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Mode } from "../../agent/contract/api.ts";
import { KEY_LEAST, KEY_MOST, MODEL_LENGTH, MODELS_LISTED, PERMISSIONS, type Permissions } from "../../agent/contract/llm.ts";
import { SEATS_LIMIT } from "../../agent/contract/seats.ts";
import { USD_MOST } from "../workshops/llm/input.ts";
import { HOURS, LEARNER_NAME_LIMIT, NAME_LIMIT } from "../workshops/workshop.ts";

/** What the API is sent and answers. Objects may get more fields; none goes or changes. Sizes are bytes. */

const text = Type.String();
const time = Type.String({ format: "date-time" });
const count = Type.Integer({ minimum: 0 });
const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description });
const literals = <T extends string>(...words: T[]) => Type.Unsafe<T>({ ...Type.String(), enum: words });

const place = Type.Integer({ minimum: 1 });
const PlacedProblem = Type.Object({ path: text, line: place, column: place, message: text });

export const ErrorAnswer = Type.Object({
  error: Type.Object({
    code: text,
    message: text,
    details: Type.Optional(
      Type.Object({ change: text, kind: text, seat: place }, { description: "the change that a seat is busy with" }),
    ),
    problems: Type.Optional(Type.Array(PlacedProblem, { description: "everything wrong with the definition, in its order" })),
  }),
});

const status = literals("created", "provisioning", "running", "stopping", "stopped", "failed");

const apiKey = Type.String({ minLength: KEY_LEAST, maxLength: KEY_MOST });
export const KeyBody = Type.Object({ apiKey });

const times = {
  startsAt: Type.Optional(orNull(time, "it begins by itself then; null or left out: by hand")),
  endsAt: Type.Optional(orNull(time, "it stops by itself then, whatever hours says; null or left out: hours after its start")),
};

const definition = Type.String({
  description:
    "a built-in one's name (claude, python) or the text of a workshop.yaml; as multipart/form-data also a file, which may be an archive (.zip, .tar, .tar.gz) of a workshop.yaml and its folders project-…",
});

export const WishBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: NAME_LIMIT }),
  seats: Type.Integer({ minimum: 1, maximum: SEATS_LIMIT }),
  apiKey,
  definition: Type.Optional(definition),
  hours: Type.Optional(Type.Integer({ minimum: HOURS.least, maximum: HOURS.most, default: HOURS.default })),
  ...times,
  smallSeats: Type.Optional(
    Type.Boolean({
      description: "make it although each seat gets too little of its machine for a class; without it that is a 400",
    }),
  ),
});

/** What is left out stays. */
export const TimesBody = Type.Object(times, { additionalProperties: false });

export const ExtendBody = Type.Object(
  { endsAt: Type.String({ format: "date-time", description: "earlier or later; latestEnd at most" }) },
  { additionalProperties: false },
);

export const StopBody = Type.Object({ keepWork: Type.Optional(Type.Boolean()) });

export const JoinBody = Type.Object({
  code: text,
  odehash: Type.Optional(Type.String({ pattern: "^[a-z0-9]{5}$" })),
  name: Type.Optional(Type.String({ maxLength: LEARNER_NAME_LIMIT })),
});

export const CreatedAnswer = Type.Object({ workshopId: text, code: text, status });
export const StatusAnswer = Type.Object({ status });

export const StarterAnswer = Type.Object({
  name: text,
  bytes: count,
  digest: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  files: Type.Optional(count),
});

const money = Type.Number({ minimum: 0, maximum: USD_MOST, description: "US dollars" });
const models = orNull(
  Type.Array(Type.String({ minLength: 1, maxLength: MODEL_LENGTH }), { minItems: 1, maxItems: MODELS_LISTED }),
  "only these; null: all",
);
const permissions = Type.Unsafe<Permissions>({
  ...Type.String({ description: "what the CLI may do without asking" }),
  enum: PERMISSIONS,
});
const use = {
  requests: count,
  inputTokens: count,
  outputTokens: count,
  cacheWriteTokens: count,
  cacheReadTokens: count,
  usd: orNull(Type.Number({ minimum: 0 }), "null: a model was used whose price isn't known; caps then count tokens"),
};

export type LlmAnswer = Static<typeof LlmAnswer>;
export const LlmAnswer = Type.Object({
  state: literals("ok", "paused", "no-key", "refused", "unreachable", "limited", "no-credit"),
  message: Type.Optional(text),
  key: Type.Optional(literals("good", "refused", "unreachable", "unknown")),
  models,
  seatUsd: money,
  workshopUsd: orNull(money, "null: no cap of the whole class"),
  paused: Type.Boolean(),
  permissions,
  ...use,
  seats: Type.Array(
    Type.Object({ seat: Type.Integer({ minimum: 1 }), paused: Type.Boolean(), limitUsd: Type.Number({ minimum: 0 }), ...use }),
  ),
});

/** What is left out stays. */
export const LlmBody = Type.Partial(
  Type.Object({
    seatUsd: money,
    workshopUsd: orNull(money, "null: no cap of the whole class"),
    models,
    paused: Type.Boolean(),
    permissions,
    seats: Type.Array(
      Type.Object({
        seat: Type.Integer({ minimum: 1 }),
        paused: Type.Optional(Type.Boolean()),
        limitUsd: Type.Optional(orNull(money, "null: the cap of all seats")),
      }),
    ),
  }),
  { additionalProperties: false },
);

const usd = Type.Number({ minimum: 0, description: "US dollars" });
const cost = Type.Object(
  {
    is: literals("expected", "running", "final"),
    usd,
    endUsd: Type.Optional(usd),
    items: Type.Array(
      Type.Object({
        kind: literals("machine", "disk", "address"),
        what: text,
        count,
        hours: Type.Number({ minimum: 0 }),
        unitUsd: usd,
        usd,
      }),
    ),
    trafficGbUsd: Type.Optional(usd),
    learnerHours: Type.Number({ minimum: 0 }),
    unpriced: Type.Array(text),
    asOf: Type.String({ format: "date" }),
    source: text,
  },
  { description: "of machines, disks and addresses by dated list prices, where they cost money; without traffic and Claude" },
);

const receipt = Type.Object({
  removedAt: time,
  checkedAt: time,
  removed: Type.Object({ processes: count, directories: count, bytes: count, sockets: count, machines: count, secrets: count }),
  items: Type.Array(
    Type.Object({
      kind: literals("processes", "directories", "sockets", "machine", "name", "secret"),
      count,
      bytes: Type.Optional(count),
      name: Type.Optional(text),
      alone: Type.Optional(Type.Literal(true, { description: "its cloud removed it by itself, at its end" })),
    }),
  ),
  learners: count,
  seconds: count,
  cost: Type.Optional(cost),
  llm: Type.Optional(Type.Object({ ...use, seats: Type.Array(Type.Object({ seat: Type.Integer({ minimum: 1 }), ...use })) })),
});

const environment = Type.Object({
  name: text,
  base: text,
  sdks: Type.Array(Type.Object({ name: text, source: text, summary: Type.Optional(text) })),
  connections: Type.Array(Type.Object({ plug: text, slot: text })),
  actions: Type.Array(text),
  archive: Type.Optional(Type.Object({ name: text, bytes: count, digest: Type.String({ pattern: "^[0-9a-f]{64}$" }) })),
});

const digest = Type.String({ pattern: "^[0-9a-f]{64}$" });

export const DefinitionBody = Type.Object(
  {
    definition,
    from: Type.Optional(
      Type.String({
        description: "the digest of the one that was edited: 412 when it is another by now; left out: replaces any",
      }),
    ),
  },
  { additionalProperties: false },
);

export type DefinitionAnswer = Static<typeof DefinitionAnswer>;
export const DefinitionAnswer = Type.Object({ definition: text, digest, environment });

export type PlanAnswer = Static<typeof PlanAnswer>;
export const PlanAnswer = Type.Object({
  told: Type.Boolean({ description: "false: not every machine has this definition yet; ask again" }),
  sdks: Type.Array(Type.Object({ name: text, layer: literals("built", "reused") })),
  seats: Type.Array(
    Type.Object({
      seat: Type.Integer({ minimum: 1 }),
      does: literals("restarts", "live", "same", "busy", "waits", "unmade", "unknown"),
    }),
  ),
  problems: Type.Array(Type.Object({ seats: Type.Array(Type.Integer({ minimum: 1 })), problem: text })),
});

export type WorkshopAnswer = Static<typeof WorkshopAnswer>;
export const WorkshopAnswer = Type.Object({
  workshopId: text,
  code: text,
  name: text,
  seats: Type.Integer({ minimum: 1 }),
  status,
  endpoint: Type.Union([text, Type.Null()]),
  url: Type.Union([text, Type.Null()]),
  machines: Type.Array(
    Type.Object({
      name: text,
      endpoint: Type.Union([text, Type.Null()]),
      status: literals("none", "starting", "running", "stopping", "broken", "gone"),
    }),
  ),
  progress: Type.Object({ ready: count, total: count, fraction: Type.Number({ minimum: 0, maximum: 1 }) }),
  createdAt: time,
  startedAt: Type.Optional(time),
  startsAt: Type.Optional(time),
  endsAt: Type.Optional(time),
  latestEnd: Type.Optional(time),
  stoppedAt: Type.Optional(time),
  failure: Type.Optional(text),
  archiveProblem: Type.Optional(text),
  chooseUntil: Type.Optional(time),
  environment: Type.Optional(environment),
  starter: Type.Optional(StarterAnswer),
  archive: Type.Optional(
    Type.Object({ bytes: count, madeAt: time, keptUntil: time, folders: count, missing: Type.Optional(Type.Array(text)) }),
  ),
  cost: Type.Optional(cost),
  receipt: Type.Optional(receipt),
});
export const WorkshopsAnswer = Type.Object({ workshops: Type.Array(WorkshopAnswer) });

export type LearnersAnswer = Static<typeof LearnersAnswer>;
export const LearnersAnswer = Type.Object({
  learners: Type.Array(
    Type.Object({
      seat: Type.Integer({ minimum: 1 }),
      name: text,
      state: literals("assigned", "connected", "disconnected", "expired"),
      since: time,
    }),
  ),
});

export const JoinedAnswer = Type.Object({
  token: text,
  endpoint: text,
  url: text,
  odehash: Type.String({ pattern: "^[a-z0-9]{5}$" }),
  seat: Type.Integer({ minimum: 1 }),
});

const seat = Type.Integer({ minimum: 1 });
const change = Type.String({ pattern: "^[1-9]\\d*-[1-9]\\d*$", description: "the machine's number and the change's" });
const end = Type.String({ pattern: "^[a-z0-9-]{0,60}:[a-z0-9-]{1,60}$", description: "sdk:name; :name of the system's" });
const pair = { plug: end, slot: end };

export const RenewalBody = Type.Object(
  { mode: Type.Optional(Mode) },
  { additionalProperties: false, description: "wait-on-error: what fails waits for a person; else it goes back" },
);
export const AskedAnswer = Type.Object({
  changes: Type.Array(change),
  left: Type.Array(seat, { description: "of all seats those that it could not be asked of now" }),
  problems: Type.Array(text, { description: "why machines refused, while others began" }),
});

const seatChange = Type.Object({
  id: change,
  kind: text,
  summary: text,
  is: literals("doing", "waiting", "undoing", "done", "failed", "undone"),
  seats: Type.Array(seat),
  startedAt: time,
  endedAt: Type.Optional(time),
  error: Type.Optional(text),
  steps: Type.Array(
    Type.Object({
      key: text,
      summary: text,
      is: literals("todo", "doing", "done", "failed", "waiting", "undone"),
      startedAt: Type.Optional(time),
      endedAt: Type.Optional(time),
      note: Type.Optional(text),
      log: Type.Optional(Type.Object({ lines: Type.Array(text), href: Type.Optional(text) })),
    }),
  ),
});
export const SeatChangeAnswer = seatChange;
export const SeatChangesAnswer = Type.Object({ changes: Type.Array(seatChange) });
export const ChangeBody = Type.Object(
  { action: Type.Union([Type.Literal("continue"), Type.Literal("abort")]) },
  { additionalProperties: false },
);

export const ConnectionsAnswer = Type.Object({
  established: Type.Array(Type.Object({ ...pair, interface: text, auto: Type.Boolean() })),
  undesired: Type.Array(Type.Object(pair)),
  plugs: Type.Array(Type.Object({ name: end, interface: text })),
  slots: Type.Array(Type.Object({ name: end, interface: text })),
  warnings: Type.Array(text),
});
export type ConnectionBody = Static<typeof ConnectionBody>;
export const ConnectionBody = Type.Object(
  { action: Type.Union([Type.Literal("connect"), Type.Literal("disconnect")]), ...pair },
  { additionalProperties: false },
);
