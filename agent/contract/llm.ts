import { type Static, Type } from "@sinclair/typebox";

/**
 * Where a container's programs reach the relay, on their own localhost: below 54, so that no learner's program can take it (containers
 * may open ports from there on, 53 is the seat's name server), and none that browsers or fetch refuse.
 */
export const RELAY_PORT = 52;

/** Of a seat that has no cap of its own, in US dollars: an afternoon of lively use of the smaller models, and no fortune when forgotten. */
export const DEFAULT_SEAT_USD = 5;
/**
 * Tokens of a model without a known price count against a cap as if a dollar bought so many: what it buys of a mid-sized model, most of them
 * cached. The default cap is then ten million tokens.
 */
export const UNPRICED_TOKENS_PER_USD = 2_000_000;

/** Of an API key: shorter ones couldn't be kept out of answers without harming them. */
export const KEY_LEAST = 4;
/** Tokens of one's own LLM gateway may have 2 kB; more fits into no header. */
export const KEY_MOST = 4096;
/** As HTTP headers take it. */
const API_KEY = `^[\\x21-\\x7e]{${KEY_LEAST},${KEY_MOST}}$`;

/** Of a model: `claude-haiku-4-5`. */
export const MODEL_LENGTH = 100;
export const MODELS_LISTED = 50;

/** What the CLI may do without asking: nothing, edits of files, everything. */
export const PERMISSIONS = ["ask", "edits", "everything"] as const;
export type Permissions = (typeof PERMISSIONS)[number];

const cap = { usd: Type.Optional(Type.Number({ minimum: 0 })), tokens: Type.Optional(Type.Integer({ minimum: 0 })) };
const Cap = Type.Object(cap);
export type Cap = Static<typeof Cap>;

/** What the machine document says of the relay. */
export const RelayWish = Type.Object({
  /** Only these; missing: all. */
  models: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: MODEL_LENGTH }), { maxItems: MODELS_LISTED })),
  paused: Type.Optional(Type.Boolean()),
  /** Of every seat that has none of its own. */
  seat: Type.Optional(Cap),
  /** This machine's part of the workshop's. */
  machine: Type.Optional(Cap),
  seats: Type.Optional(
    Type.Array(Type.Object({ seat: Type.Integer({ minimum: 1 }), paused: Type.Optional(Type.Boolean()), ...cap }), {
      maxItems: 10,
    }),
  ),
  /** What the CLI may do without asking; the relay itself has no use for it. */
  permissions: Type.Optional(Type.Union(PERMISSIONS.map((one) => Type.Literal(one)))),
});
export type RelayWish = Static<typeof RelayWish>;

/** `PUT /v1/relay/key`: kept in memory only; the same call replaces it. */
export const RelayKey = Type.Object({ apiKey: Type.String({ pattern: API_KEY }) });

/** Integers, counted since the workshop began. Requests: those that went to the upstream, also the ones sent again. */
export interface LlmCounts {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
}

/** In US dollars; null when a model was used that the price file doesn't have. */
export type Usd = number | null;

/** `limited`: the upstream asks to wait. `refused`: it doesn't take the key. */
export type LlmState = "ok" | "paused" | "no-key" | "refused" | "unreachable" | "limited" | "no-credit";

export interface LlmSeat extends LlmCounts {
  seat: number;
  paused: boolean;
  usd: Usd;
  /** The cap that is in force. */
  limitUsd?: number;
  models: ({ model: string; usd: Usd } & LlmCounts)[];
}

/** In a machine's report. */
export interface LlmReport {
  state: LlmState;
  /** ISO 8601, UTC */
  since?: string;
  /** For people: what the upstream said, without any secret. */
  message?: string;
  seats: LlmSeat[];
}

/** In `GET /vm/NN/session`: what this seat used. */
export interface LlmOwn extends LlmCounts {
  usd: Usd;
  limitUsd?: number;
  paused: boolean;
}
