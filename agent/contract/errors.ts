/** One table for gateway and agent: error code → HTTP status. */
export const STATUS_OF = {
  INVALID_INPUT: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  SESSION_NOT_FOUND: 404,
  NOT_RUNNING: 409,
  NO_SEATS: 409,
  /** All classes together have as many machines as they may. */
  NO_MACHINES: 409,
  WORKSHOP_ENDED: 409,
  /** A state that doesn't allow this now. */
  STATE_CONFLICT: 409,
  /** `If-Match` named an old version of a file. Its wire code is `CONFLICT`. */
  CONFLICT: 412,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
  /** It isn't over yet: ask again. */
  TIMEOUT: 504,
} as const;

export type ErrorCode = keyof typeof STATUS_OF;

/** The body of every answer that isn't a success. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; keptUntil?: string; problems?: readonly PlacedProblem[]; details?: Conflict };
}

/** What a call met that works on the same seat; `change` is for `GET /v1/changes/:change`. */
export interface Conflict {
  change: string;
  kind: string;
  seat: number;
}

/** Something wrong at a place of a file that was sent; lines and columns count from 1. */
export interface PlacedProblem {
  path: string;
  line: number;
  column: number;
  message: string;
}

/**
 * What a caller did or met that has a name: thrown anywhere, turned into an answer in one place.
 * `message` says what happened, to what (with the value), and what to do next; it is shown to people.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions & { readonly retryAfterSeconds?: number; readonly details?: Conflict },
  ) {
    super(message, options);
    this.retryAfterSeconds = options?.retryAfterSeconds;
    this.details = options?.details;
  }
  readonly retryAfterSeconds: number | undefined;
  readonly details: Conflict | undefined;
  get status(): number {
    return STATUS_OF[this.code];
  }
  get body(): ErrorBody {
    const { code, message, details } = this;
    return { error: { code, message, ...(details && { details }) } };
  }
}
