import { type Static, Type } from "@sinclair/typebox";
import { ChangeSchema } from "./change-schema.ts";
import type { SeatImage } from "./image.ts";
import type { LlmReport, LlmSeat } from "./llm.ts";
import type { Leftovers, MachineReport, SeatReport, SeatUsage } from "./machine.ts";
import { amount, type Fields, oneOf, seat, text, time, word } from "./schema-words.ts";
import { SEATS_PER_MACHINE } from "./seats.ts";

/** Of a request for a certificate; one has 500 bytes, with the longest names twice that. */
const REQUEST = 8 * 1024;
/** Unfinished changes and five finished ones: with ten seats that are freed one by one 15. */
const CHANGES = 100;
/** An agent counts 21 of a seat; learners choose their names, of any length. */
const MODELS = 200;

/** Of one seat; there are ten kinds. */
const OPERATIONS = 20;

const optional = Type.Optional;
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const fraction = Type.Number({ minimum: 0, maximum: 1 });

const seatReport = Type.Object({
  ...{ seat, generation: count, progress: fraction, viewers: count },
  status: oneOf("off", "pending", "waiting", "stopped", "ready", "error"),
  note: optional(text),
  operations: optional(Type.Array(word, { maxItems: OPERATIONS })),
  older: optional(Type.Literal(true)),
  ...{ connectedAt: optional(time), disconnectedAt: optional(time) },
  usage: optional(Type.Object({ memoryBytes: amount, memoryLimitBytes: amount, processes: amount } satisfies Fields<SeatUsage>)),
} satisfies Fields<SeatReport>);

const leftovers = Type.Object({
  ...{ processes: amount, directories: amount, sockets: amount, bytes: amount },
} satisfies Fields<Leftovers>);

const counts = {
  ...{ requests: count, inputTokens: count, outputTokens: count, cacheWriteTokens: count, cacheReadTokens: count },
  usd: Type.Union([amount, Type.Null()]),
};

const llm = Type.Object({
  state: oneOf("ok", "paused", "no-key", "refused", "unreachable", "limited", "no-credit"),
  ...{ since: optional(time), message: optional(text) },
  seats: Type.Array(
    Type.Object({
      ...{ seat, ...counts, paused: Type.Boolean(), limitUsd: optional(amount) },
      models: Type.Array(Type.Object({ model: text, ...counts }), { maxItems: MODELS }),
    } satisfies Fields<LlmSeat>),
    { maxItems: SEATS_PER_MACHINE },
  ),
} satisfies Fields<LlmReport>);

/**
 * What a gateway takes for a machine's report: whoever broke into a machine may send anything. The contract only grows, so fields that
 * a later release adds pass unread.
 */
export const ReportSchema = Type.Object({
  ...{ version: Type.Literal(1), revision: count, agent: word, startedAt: time },
  runtime: oneOf("process", "docker"),
  seats: Type.Array(seatReport, { maxItems: SEATS_PER_MACHINE }),
  csr: optional(Type.String({ maxLength: REQUEST })),
  shown: optional(word),
  changes: Type.Array(ChangeSchema, { maxItems: CHANGES }),
  preview: Type.Union([
    Type.Object({ available: Type.Literal(true) }),
    Type.Object({ available: Type.Literal(false), reason: text, fix: text }),
  ]),
  // As the daemon has it, where it isn't ours.
  image: optional(Type.Object({ name: word, madeAt: word } satisfies Fields<SeatImage>)),
  ...{ leftovers, removed: optional(leftovers), llm: optional(llm) },
} satisfies Fields<MachineReport>);

/** Whatever the schema takes is a report, by the types. */
export const asReport = (report: Static<typeof ReportSchema>): MachineReport => report;
