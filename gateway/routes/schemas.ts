import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { KEY_LEAST, KEY_MOST, MODEL_LENGTH, MODELS_LISTED, PERMISSIONS, type Permissions } from "../../agent/contract/llm.ts";
import { USD_MOST } from "../workshops/llm/input.ts";
import { HOURS, LEARNER_NAME_LIMIT, NAME_LIMIT, SEATS_LIMIT } from "../workshops/workshop.ts";

/** What the API is sent and answers. Objects may get more fields; none goes or changes. Sizes are bytes. */

const text = Type.String();
const time = Type.String({ format: "date-time" });
const count = Type.Integer({ minimum: 0 });
const literals = <T extends string>(...words: T[]) => Type.Unsafe<T>({ ...Type.String(), enum: words });

const place = Type.Integer({ minimum: 1 });
const PlacedProblem = Type.Object({ path: text, line: place, column: place, message: text });

export const ErrorAnswer = Type.Object({
  error: Type.Object({
    code: text,
    message: text,
    problems: Type.Optional(Type.Array(PlacedProblem, { description: "everything wrong with the definition, in its order" })),
  }),
});

const status = literals("created", "provisioning", "running", "stopping", "stopped", "failed");

const apiKey = Type.String({ minLength: KEY_LEAST, maxLength: KEY_MOST });
export const KeyBody = Type.Object({ apiKey });

export const WishBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: NAME_LIMIT }),
  seats: Type.Integer({ minimum: 1, maximum: SEATS_LIMIT }),
  apiKey,
  definition: Type.Optional(
    Type.String({
      description:
        "a built-in one's name (claude, python) or the text of a workshop.yaml; as multipart/form-data also a file, which may be an archive (.zip, .tar, .tar.gz) of a workshop.yaml and its folders project-…",
    }),
  ),
  hours: Type.Optional(Type.Integer({ minimum: HOURS.least, maximum: HOURS.most, default: HOURS.default })),
  smallSeats: Type.Optional(
    Type.Boolean({
      description: "make it although each seat gets too little of its machine for a class; without it that is a 400",
    }),
  ),
});

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
const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description });
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

const receipt = Type.Object({
  removedAt: time,
  checkedAt: time,
  removed: Type.Object({ processes: count, directories: count, bytes: count, sockets: count, machines: count, secrets: count }),
  items: Type.Array(
    Type.Object({
      kind: literals("processes", "directories", "sockets", "machine", "secret"),
      count,
      bytes: Type.Optional(count),
      name: Type.Optional(text),
    }),
  ),
  learners: count,
  seconds: count,
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
  endsAt: Type.Optional(time),
  stoppedAt: Type.Optional(time),
  failure: Type.Optional(text),
  archiveProblem: Type.Optional(text),
  environment: Type.Optional(environment),
  starter: Type.Optional(StarterAnswer),
  archive: Type.Optional(
    Type.Object({ bytes: count, madeAt: time, keptUntil: time, folders: count, missing: Type.Optional(Type.Array(text)) }),
  ),
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
