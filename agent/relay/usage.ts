/** What one answer used. Cached writes of an hour are among the cached writes. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheWriteTokens: number;
  cacheWriteHourTokens: number;
  cacheReadTokens: number;
  webSearches: number;
  /** Made faster, for more money. */
  fast: boolean;
}

export const NOTHING_USED: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  cacheReadTokens: 0,
  webSearches: 0,
  fast: false,
};

/** Of English and code; only for what nobody counted. */
const BYTES_A_TOKEN = 4;
export const tokensIn = (bytes: number): number => Math.ceil(bytes / BYTES_A_TOKEN);

/** Of a request that nobody waited for: most are no longer than this, and pictures in it are many more bytes than tokens. */
const MOST_GUESSED = 50_000;
const TOKENS_A_SECOND = 50;

/** What a request may have used that was given up before its answer told. @param bytes of its body @param ms that it waited for */
export const guessed = (bytes: number, ms: number): Usage => ({
  ...NOTHING_USED,
  inputTokens: Math.min(MOST_GUESSED, tokensIn(bytes)),
  outputTokens: Math.min(MOST_GUESSED, Math.floor((ms / 1000) * TOKENS_A_SECOND)),
});

/** Numbers that are named and above 0 replace those before: a `message_delta` counts from the answer's beginning. */
export function usageOf(found: unknown, before: Usage): Usage {
  const usage = withIterations(isObject(found) ? found : {});
  const creation = isObject(usage.cache_creation) ? usage.cache_creation : {};
  const tools = isObject(usage.server_tool_use) ? usage.server_tool_use : {};
  return {
    inputTokens: count(usage.input_tokens) || before.inputTokens,
    outputTokens: count(usage.output_tokens) || before.outputTokens,
    cacheWriteTokens: count(usage.cache_creation_input_tokens) || before.cacheWriteTokens,
    cacheWriteHourTokens: count(creation.ephemeral_1h_input_tokens) || before.cacheWriteHourTokens,
    cacheReadTokens: count(usage.cache_read_input_tokens) || before.cacheReadTokens,
    webSearches: count(tools.web_search_requests) || before.webSearches,
    fast: usage.speed === "fast" || before.fast,
  };
}

const TOKEN_FIELDS = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];

/** An answer that shortened its conversation on the way was asked in several steps, which are all paid; the sums beside are the last step's. */
function withIterations(usage: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(usage.iterations)) return usage;
  const steps = usage.iterations.filter(isObject);
  const sum = (field: string) => steps.reduce((all, step) => all + count(step[field]), 0);
  return { ...usage, ...Object.fromEntries(TOKEN_FIELDS.map((field) => [field, Math.max(count(usage[field]), sum(field))])) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** More than this in one answer is no count of tokens. */
const MOST_TOKENS = 1e9;
const count = (value: unknown): number => (typeof value === "number" && value > 0 && value < MOST_TOKENS ? Math.floor(value) : 0);
